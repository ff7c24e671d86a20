-- Open Policy Agents that have told of themselves: up to which request, and which before it are still awaited (JSON).
CREATE TABLE opa_instance (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  highest BIGINT NOT NULL,
  awaited ${text} NOT NULL,
  status VARCHAR(64) NOT NULL,
  seen_micros BIGINT NOT NULL
);
