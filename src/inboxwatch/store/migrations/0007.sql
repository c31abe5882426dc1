-- What she wants forgotten stays forgotten, though the mail itself is still in her mailbox and may be read again.

-- A keyed sum over the identity of each forgotten mail, and nothing else: not when, of which project, or from where.
-- The key is `forgotten_key` in `meta`, made at random for this database.
CREATE TABLE forgotten (
  mark BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
