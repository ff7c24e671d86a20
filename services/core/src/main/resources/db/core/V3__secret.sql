-- Credentials under a name; the value is in the vault under secret_ref, which is empty once the secret is deleted.
CREATE TABLE core.secret (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  id VARCHAR(36) NOT NULL,
  version BIGINT NOT NULL,
  secret_ref VARCHAR(64) NOT NULL,
  description VARCHAR(1000),
  created_micros BIGINT NOT NULL,
  changed_micros BIGINT NOT NULL,
  PRIMARY KEY (domain, name)
);
