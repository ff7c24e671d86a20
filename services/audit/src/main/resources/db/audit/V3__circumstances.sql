-- Of an attempt: where it was wished. Of an outcome: how far the policies were known, and what guardrails warned of (JSON).
ALTER TABLE audit.entry ADD COLUMN address VARCHAR(64);
ALTER TABLE audit.entry ADD COLUMN purpose VARCHAR(200);
ALTER TABLE audit.entry ADD COLUMN token VARCHAR(63);
ALTER TABLE audit.entry ADD COLUMN policy_position VARCHAR(200);
ALTER TABLE audit.entry ADD COLUMN warnings ${text};
