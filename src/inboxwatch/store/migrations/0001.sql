-- Truth: what cannot be derived.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a mail, however many folders it was seen in. A secret mail has an instant, a sender's domain and a rule only.
CREATE TABLE mail (
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE,
  message_id TEXT,
  sent_at INTEGER NOT NULL,          -- microseconds since 1970, UTC, as every instant here
  arrived_at INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  sender TEXT NOT NULL,
  subject TEXT NOT NULL,
  history INTEGER NOT NULL,          -- read as history: gives state, raises no alert of its own
  in_sent INTEGER NOT NULL,
  platform TEXT,
  recognition TEXT,                  -- JSON; NULL for a mail in quarantine
  quarantined TEXT,                  -- the reason, for a mail that could not be read
  look INTEGER NOT NULL DEFAULT 0    -- 1: unrecognised or suspicious, and the user has not been told yet
) STRICT;
CREATE INDEX mail_look ON mail (look) WHERE look = 1;
CREATE INDEX mail_message_id ON mail (message_id);
CREATE INDEX mail_platform ON mail (platform);

CREATE TABLE raw (
  mail INTEGER PRIMARY KEY REFERENCES mail (id) ON DELETE CASCADE,
  deflated BLOB NOT NULL
) STRICT;

CREATE TABLE fact (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project TEXT NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  by TEXT,
  channel TEXT,
  due_at INTEGER,
  plan INTEGER,
  note TEXT,
  withdrawn_at INTEGER
) STRICT;

CREATE TABLE correction (
  identity TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE folder (
  mailbox TEXT NOT NULL,
  folder TEXT NOT NULL,
  uidvalidity INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  read_up_to INTEGER,                -- NULL until the first complete read
  passed_over INTEGER NOT NULL DEFAULT 0,
  searched TEXT NOT NULL DEFAULT '', -- what the server was asked for at the first read
  search_to INTEGER NOT NULL DEFAULT 0, -- up to which UID the first read goes by search, while it is under way
  PRIMARY KEY (mailbox, folder)
) STRICT, WITHOUT ROWID;

CREATE TABLE hole (
  id INTEGER PRIMARY KEY,
  mailbox TEXT NOT NULL,
  folder TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  mails INTEGER NOT NULL
) STRICT;

CREATE TABLE watch (
  mailbox TEXT PRIMARY KEY,
  alive_at INTEGER,                  -- the last completed round trip
  blind_since INTEGER,
  cause TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  project TEXT,
  muted INTEGER NOT NULL,            -- decided, but of the past: never sent
  acknowledged_at INTEGER,
  content TEXT NOT NULL              -- JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_project ON alert (project);

CREATE TABLE delivery (
  alert TEXT NOT NULL REFERENCES alert (key) ON DELETE CASCADE,
  target TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'maybe_sent', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  attempted_at INTEGER,              -- set before an attempt; an attempt that was never settled may have arrived
  maybe INTEGER NOT NULL DEFAULT 0,
  settled_at INTEGER,
  error TEXT,
  PRIMARY KEY (alert, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_waiting ON delivery (due_at) WHERE state = 'waiting';

-- Derived: may be thrown away and made again from the above.

CREATE TABLE project (
  name TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  aliases TEXT NOT NULL,             -- JSON list
  digest TEXT NOT NULL,              -- of its events, to see what a new mail changed
  next_due INTEGER NOT NULL          -- the instant at which something may have to be told; 0: look now
) STRICT, WITHOUT ROWID;
CREATE INDEX project_next_due ON project (next_due);

CREATE TABLE event (
  project TEXT NOT NULL,
  at INTEGER NOT NULL,
  known_at INTEGER NOT NULL,
  key TEXT NOT NULL,
  content TEXT NOT NULL,             -- JSON
  PRIMARY KEY (project, at, known_at, key)
) STRICT, WITHOUT ROWID;
