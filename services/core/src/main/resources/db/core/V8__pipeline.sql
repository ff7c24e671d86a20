-- Pipelines into tables; spec and detail are JSON.
CREATE TABLE core.pipeline (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  id VARCHAR(36) NOT NULL,
  version BIGINT NOT NULL,
  spec ${text} NOT NULL,
  owner VARCHAR(200) NOT NULL,
  created_micros BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  state VARCHAR(16) NOT NULL,
  detail VARCHAR(4000) NOT NULL,
  PRIMARY KEY (domain, name)
);

CREATE INDEX pipeline_by_owner ON core.pipeline (owner);

INSERT INTO core.quota (domain, resource, limit_amount, used) VALUES ('default', 'pipelines', 50, 0);
