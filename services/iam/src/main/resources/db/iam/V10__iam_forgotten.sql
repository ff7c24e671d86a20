-- Since when nothing is known of a user but the id.
ALTER TABLE iam.iam_user ADD COLUMN forgotten_micros BIGINT;
