-- Where a user was is encrypted, which takes more room.
ALTER TABLE audit.entry ALTER COLUMN address TYPE VARCHAR(255);
