-- Where a user was is encrypted, which takes more room.
ALTER TABLE audit.entry MODIFY address VARCHAR(255);
