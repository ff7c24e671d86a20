-- Who was refused, for a month; written from observations, each once.
CREATE TABLE decision (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  time_micros BIGINT NOT NULL,
  actor VARCHAR(200) NOT NULL,
  resource VARCHAR(700) NOT NULL,
  detail ${text} NOT NULL
);

CREATE INDEX decision_by_time ON decision (time_micros);
