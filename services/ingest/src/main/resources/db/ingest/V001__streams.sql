-- Event streams and schemas; detail is the JSON of the state. A deleted one keeps its row: its version goes on.
CREATE TABLE event_stream (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  there SMALLINT NOT NULL,
  detail ${text} NOT NULL,
  PRIMARY KEY (domain, name)
);

CREATE TABLE event_schema (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  there SMALLINT NOT NULL,
  detail ${text} NOT NULL,
  PRIMARY KEY (domain, name)
);
