-- Named sets of actions; actions is a JSON array of patterns.
CREATE TABLE iam.role (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  id VARCHAR(36) NOT NULL,
  state VARCHAR(16) NOT NULL,
  description ${text},
  actions ${text} NOT NULL,
  created_micros BIGINT NOT NULL,
  PRIMARY KEY (domain, name)
);

-- Resources that are granted together; resources is a JSON array of patterns.
CREATE TABLE iam.bundle (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  id VARCHAR(36) NOT NULL,
  state VARCHAR(16) NOT NULL,
  description ${text},
  resources ${text} NOT NULL,
  created_micros BIGINT NOT NULL,
  PRIMARY KEY (domain, name)
);

-- Who may do what to which; GRANT is a word of SQL.
CREATE TABLE iam.access_grant (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  state VARCHAR(16) NOT NULL,
  subject VARCHAR(255) NOT NULL,
  role VARCHAR(63),
  bundle VARCHAR(63),
  actions ${text} NOT NULL,
  resources ${text} NOT NULL,
  made_micros BIGINT NOT NULL,
  PRIMARY KEY (domain, name)
);

CREATE INDEX access_grant_by_subject ON iam.access_grant (domain, subject);
CREATE INDEX access_grant_by_role ON iam.access_grant (domain, role, state);
CREATE INDEX access_grant_by_bundle ON iam.access_grant (domain, bundle, state);
