-- One row per thing that was wished or happened; seq is dense and in commit order.
CREATE TABLE audit.entry (
  seq BIGINT NOT NULL PRIMARY KEY,
  kind VARCHAR(16) NOT NULL,
  service VARCHAR(63) NOT NULL,
  type VARCHAR(200) NOT NULL,
  subject VARCHAR(700) NOT NULL,
  domain VARCHAR(63) NOT NULL,
  actor VARCHAR(200) NOT NULL,
  correlation_id VARCHAR(64) NOT NULL,
  causation_id VARCHAR(64),
  command_id VARCHAR(64),
  outcome VARCHAR(16),
  epoch BIGINT,
  n BIGINT,
  partition_no INT,
  offset_no BIGINT,
  time_micros BIGINT NOT NULL,
  data ${text} NOT NULL
);

CREATE INDEX entry_by_command ON audit.entry (command_id, kind);
CREATE INDEX entry_by_time ON audit.entry (time_micros);
CREATE INDEX entry_by_correlation ON audit.entry (correlation_id);
CREATE INDEX entry_by_domain ON audit.entry (domain, seq);

-- The last seq given.
CREATE TABLE audit.entry_counter (
  id INT NOT NULL PRIMARY KEY,
  last BIGINT NOT NULL
);

INSERT INTO audit.entry_counter (id, last) VALUES (1, 0);

-- How far the command topics are in the record.
CREATE TABLE audit.entry_offset (
  topic VARCHAR(200) NOT NULL,
  partition_no INT NOT NULL,
  next_offset BIGINT NOT NULL,
  PRIMARY KEY (topic, partition_no)
);
