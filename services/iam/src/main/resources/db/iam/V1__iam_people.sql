-- Users, groups, service accounts and personal access tokens. Their domain is the platform. What is archived, deleted or revoked
-- keeps its row: ids are never given to anybody else.
CREATE TABLE iam.iam_user (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  user_name VARCHAR(255) NOT NULL,
  user_name_key VARCHAR(255) NOT NULL,
  display_name VARCHAR(255),
  external_id VARCHAR(255),
  state VARCHAR(16) NOT NULL,
  reason VARCHAR(1000),
  handed_over_to VARCHAR(200),
  created_micros BIGINT NOT NULL,
  PRIMARY KEY (domain, name)
);

CREATE INDEX iam_user_by_user_name ON iam.iam_user (user_name_key);

CREATE TABLE iam.iam_group (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  id VARCHAR(36) NOT NULL,
  display_name VARCHAR(255) NOT NULL,
  external_id VARCHAR(255),
  state VARCHAR(16) NOT NULL,
  created_micros BIGINT NOT NULL,
  PRIMARY KEY (domain, name)
);

CREATE TABLE iam.group_member (
  group_name VARCHAR(63) NOT NULL,
  member VARCHAR(200) NOT NULL,
  PRIMARY KEY (group_name, member)
);

CREATE INDEX group_member_by_member ON iam.group_member (member);

CREATE TABLE iam.service_account (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  description VARCHAR(1000),
  owner VARCHAR(200) NOT NULL,
  state VARCHAR(16) NOT NULL,
  reason VARCHAR(1000),
  handed_over_to VARCHAR(200),
  created_micros BIGINT NOT NULL,
  PRIMARY KEY (domain, name)
);

-- hash is the SHA-256 of the token; the token itself is nowhere. detail is the JSON of what it may be used for.
CREATE TABLE iam.token (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  owner VARCHAR(200) NOT NULL,
  label VARCHAR(255) NOT NULL,
  hash VARCHAR(64) NOT NULL,
  detail ${text} NOT NULL,
  state VARCHAR(16) NOT NULL,
  expires_micros BIGINT,
  created_micros BIGINT NOT NULL,
  PRIMARY KEY (domain, name)
);

CREATE INDEX token_by_owner ON iam.token (owner, name);

-- When tokens were last used: kept beside, for it is no change of the token.
CREATE TABLE iam.token_use (
  name VARCHAR(63) NOT NULL PRIMARY KEY,
  used_micros BIGINT NOT NULL,
  address VARCHAR(64)
);
