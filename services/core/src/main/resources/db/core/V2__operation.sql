-- All commands and their outcomes; a row is made by whichever is seen first.
CREATE TABLE core.operation (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  service VARCHAR(63) NOT NULL,
  domain VARCHAR(63) NOT NULL,
  subject VARCHAR(700) NOT NULL,
  actor VARCHAR(200) NOT NULL,
  correlation_id VARCHAR(64) NOT NULL,
  command VARCHAR(200),
  submitted_micros BIGINT,
  state VARCHAR(16) DEFAULT 'pending' NOT NULL,
  outcome VARCHAR(16),
  epoch BIGINT,
  n BIGINT,
  decided_micros BIGINT,
  reason VARCHAR(2000),
  problem VARCHAR(8000)
);

CREATE INDEX operation_by_domain ON core.operation (domain, submitted_micros, id);

CREATE TABLE core.operation_offset (
  topic VARCHAR(200) NOT NULL,
  partition_no INT NOT NULL,
  next_offset BIGINT NOT NULL,
  PRIMARY KEY (topic, partition_no)
);
