-- A hole is closed when the mails that vanished turn up in another folder that is watched.

ALTER TABLE hole ADD COLUMN closed_at INTEGER;  -- NULL while it is open

-- New mails as each folder showed them, by a mark of their headers: not what they are, only which is which. Kept for
-- a month, for a mail that was moved before it was read has to be told from one that was read and moved afterwards.
CREATE TABLE sighting (
  mailbox TEXT NOT NULL,
  folder TEXT NOT NULL,
  mark TEXT NOT NULL,
  arrived_at INTEGER NOT NULL,
  role TEXT NOT NULL,                -- what the folder is for
  PRIMARY KEY (mailbox, folder, mark)
) STRICT, WITHOUT ROWID;
