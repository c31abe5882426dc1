-- What she corrects and asks for: facts by mail, mails set aside, projects snoozed.

ALTER TABLE fact ADD COLUMN part TEXT;             -- how much of the work is delivered: '4/5'
ALTER TABLE fact ADD COLUMN mail TEXT;             -- the identity of her own mail that stated it
CREATE UNIQUE INDEX fact_mail ON fact (mail) WHERE mail IS NOT NULL;

-- What a mail was taken for wrongly: the project it belongs to, or that it is a mere notice. (The table of the first
-- schema was never written to.)
DROP TABLE correction;
CREATE TABLE correction (
  identity TEXT PRIMARY KEY,
  project TEXT,                      -- NULL: as the mail itself says
  set_aside INTEGER NOT NULL,        -- 1: it does not mean what it was taken for, and counts as a notice
  alone INTEGER NOT NULL,            -- 1: settles this mail only, and says nothing of others like it
  made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For the question when a platform last sent anything.
CREATE INDEX mail_platform_sent_at ON mail (platform, sent_at);
DROP INDEX mail_platform;

-- Kept when it is over: what fell due meanwhile is not made up for later.
CREATE TABLE snooze (
  id INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT;
