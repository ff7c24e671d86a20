-- Up to where attempts were looked at for outcomes that did not come.
CREATE TABLE audit.outcome_watch (
  id INT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL
);

INSERT INTO audit.outcome_watch (id, seq) VALUES (1, 0);

-- Of each producer of observations, since it began: up to which number all are here, or known to be lost.
CREATE TABLE audit.observation_sequence (
  producer VARCHAR(63) NOT NULL,
  began BIGINT NOT NULL,
  base BIGINT NOT NULL,
  PRIMARY KEY (producer, began)
);

-- The numbers after it that are here; they come by several partitions, so not in their order.
CREATE TABLE audit.observation_number (
  producer VARCHAR(63) NOT NULL,
  began BIGINT NOT NULL,
  n BIGINT NOT NULL,
  seen_micros BIGINT NOT NULL,
  PRIMARY KEY (producer, began, n)
);
