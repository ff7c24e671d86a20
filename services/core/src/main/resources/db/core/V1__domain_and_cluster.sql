-- Domains: the tenants. 'default' is there from the start.
CREATE TABLE core.domain (
  name VARCHAR(63) NOT NULL PRIMARY KEY,
  created_micros BIGINT NOT NULL
);

INSERT INTO core.domain (name, created_micros) VALUES ('default', 0);

INSERT INTO core.quota (domain, resource, limit_amount, used) VALUES ('default', 'cores', 32, 0);
INSERT INTO core.quota (domain, resource, limit_amount, used) VALUES ('default', 'clusters', 10, 0);

-- Lakehouse clusters; detail is the JSON of the state.
CREATE TABLE core.cluster (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  id VARCHAR(36) NOT NULL,
  version BIGINT NOT NULL,
  size VARCHAR(8) NOT NULL,
  secret_ref VARCHAR(64) NOT NULL,
  idle_stop_seconds INT,
  created_micros BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  state VARCHAR(16) NOT NULL,
  detail VARCHAR(4000) NOT NULL,
  PRIMARY KEY (domain, name)
);
