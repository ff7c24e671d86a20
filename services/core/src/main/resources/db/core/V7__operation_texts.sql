-- What is said of a command is as long as it is: a problem names every fault of the input.
ALTER TABLE core.operation ADD COLUMN said_reason ${text};
ALTER TABLE core.operation ADD COLUMN said_problem ${text};
UPDATE core.operation SET said_reason = reason, said_problem = problem;
ALTER TABLE core.operation DROP COLUMN reason;
ALTER TABLE core.operation DROP COLUMN problem;
ALTER TABLE core.operation RENAME COLUMN said_reason TO reason;
ALTER TABLE core.operation RENAME COLUMN said_problem TO problem;
