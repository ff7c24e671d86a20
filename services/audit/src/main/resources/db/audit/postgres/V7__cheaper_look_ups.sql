-- Of observations, which are most, these say nothing: no command led to them, and no journal has them.
DROP INDEX audit.entry_by_command;
CREATE INDEX entry_by_command ON audit.entry (command_id, kind) WHERE command_id IS NOT NULL;
DROP INDEX audit.entry_by_position;
CREATE UNIQUE INDEX entry_by_position ON audit.entry (service, epoch, n) WHERE n IS NOT NULL;
-- Entries come about in the order of their time, so where they lie says enough.
DROP INDEX audit.entry_by_time;
CREATE INDEX entry_by_time ON audit.entry USING brin (time_micros);
