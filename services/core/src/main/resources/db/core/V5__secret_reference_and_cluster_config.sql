-- Where a secret is kept elsewhere, as JSON; settings of a cluster's Spark, as JSON, secrets among them by name.
ALTER TABLE core.secret ADD COLUMN reference VARCHAR(2000);
ALTER TABLE core.cluster ADD COLUMN config ${text};
