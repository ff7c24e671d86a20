-- Where people come from: settings is the JSON of what is wanted of Keycloak, the password lies in the vault under secret_ref.
CREATE TABLE iam.identity_source (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  id VARCHAR(36) NOT NULL,
  state VARCHAR(16) NOT NULL,
  generation BIGINT NOT NULL,
  settings ${text} NOT NULL,
  secret_ref VARCHAR(64),
  reported BIGINT NOT NULL,
  failure VARCHAR(2000),
  wished BIGINT NOT NULL,
  synced ${text},
  created_micros BIGINT NOT NULL,
  PRIMARY KEY (domain, name)
);

-- Who is who in Keycloak, and how Keycloak had them when both sides last agreed: what differs from that was changed there. A view,
-- made anew from either side.
CREATE TABLE iam.keycloak_link (
  kind VARCHAR(16) NOT NULL,
  name VARCHAR(63) NOT NULL,
  keycloak_id VARCHAR(64) NOT NULL,
  seen ${text} NOT NULL,
  PRIMARY KEY (kind, name)
);

CREATE INDEX keycloak_link_by_id ON iam.keycloak_link (keycloak_id);
