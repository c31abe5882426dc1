-- What she has taken off `review`, for nothing else settles it: a suspicious mail stays suspicious.

CREATE TABLE settled (
  identity TEXT PRIMARY KEY,
  kind TEXT NOT NULL,                -- why it was in review; for any other reason it is there again
  made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
