-- An event stands in the record once, whoever writes it.
CREATE UNIQUE INDEX entry_by_position ON audit.entry (service, epoch, n);

-- The questions asked most: what became of this thing, what did this one do.
CREATE INDEX entry_by_subject ON audit.entry (subject, seq);
CREATE INDEX entry_by_actor ON audit.entry (actor, seq);
