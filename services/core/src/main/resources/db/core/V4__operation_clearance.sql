-- With what a command came past those who may refuse it; warnings is JSON.
ALTER TABLE core.operation ADD COLUMN policy_position VARCHAR(200);
ALTER TABLE core.operation ADD COLUMN warnings ${text};
