-- Who a mail is from, as far as it can be proved, and where it was found.

-- In which mailboxes each mail was found: none for a file that was imported, and for what was kept before this.
CREATE TABLE found (
  mail INTEGER NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
  mailbox TEXT NOT NULL,
  PRIMARY KEY (mail, mailbox)
) STRICT, WITHOUT ROWID;
CREATE INDEX found_mailbox ON found (mailbox);

-- What the signatures of a mail showed when it came: keys are changed, so it is asked once. No row: it has none, or
-- nobody asked.
CREATE TABLE proof (
  mail INTEGER PRIMARY KEY REFERENCES mail (id) ON DELETE CASCADE,
  content TEXT NOT NULL,             -- JSON
  ask_again_at INTEGER               -- the key could not be had; NULL: settled
) STRICT;
CREATE INDEX proof_ask_again_at ON proof (ask_again_at) WHERE ask_again_at IS NOT NULL;
