-- The newest checkpoint of each tamper-evident log, moved forward by whoever seals entries. Most have one log for ever.
CREATE TABLE audit.log_head (
  origin VARCHAR(200) NOT NULL PRIMARY KEY,
  size BIGINT NOT NULL,
  note ${text} NOT NULL
);

-- What witnesses signed of it, by the size they saw.
CREATE TABLE audit.log_cosignature (
  origin VARCHAR(200) NOT NULL,
  size BIGINT NOT NULL,
  witness VARCHAR(200) NOT NULL,
  line VARCHAR(600) NOT NULL,
  note ${text} NOT NULL,
  PRIMARY KEY (origin, size, witness)
);
