-- Statements and what became of them. The text and what the cluster said are here and nowhere else, sealed.
CREATE TABLE statement (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  domain VARCHAR(63) NOT NULL,
  cluster VARCHAR(63) NOT NULL,
  actor VARCHAR(255) NOT NULL,
  correlation_id VARCHAR(64) NOT NULL,
  state VARCHAR(16) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  digest CHAR(64) NOT NULL,
  length INT NOT NULL,
  request_digest CHAR(64) NOT NULL,
  sealed ${bytes} NOT NULL,
  submitted_micros BIGINT NOT NULL,
  deadline_micros BIGINT NOT NULL,
  generation BIGINT,
  started_micros BIGINT,
  ended_micros BIGINT,
  result_rows BIGINT,
  result_bytes BIGINT,
  result_until_micros BIGINT,
  columns_json ${text},
  problem_sealed ${bytes}
);

CREATE INDEX statement_history ON statement (domain, submitted_micros, id);
CREATE INDEX statement_state ON statement (state, submitted_micros);
CREATE INDEX statement_result ON statement (result_until_micros);
