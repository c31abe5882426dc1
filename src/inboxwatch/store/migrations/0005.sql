-- Up to when a folder had been read by the read before the last: what came into a folder that was not there yet
-- since then is no history.

ALTER TABLE folder ADD COLUMN read_before INTEGER;  -- NULL until the second complete read
