-- Subscriptions; detail is the JSON of the state. A deleted one keeps its row: its version goes on.
CREATE TABLE subscription (
  domain VARCHAR(63) NOT NULL,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  there SMALLINT NOT NULL,
  id VARCHAR(36) NOT NULL,
  detail ${text} NOT NULL,
  PRIMARY KEY (domain, name)
);

CREATE INDEX subscription_by_id ON subscription (id);

-- Replays that are not through yet: what is wanted, and where each ends once that is known (JSON).
CREATE TABLE replay (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  subscription_id VARCHAR(36) NOT NULL,
  detail ${text} NOT NULL
);

CREATE INDEX replay_by_subscription ON replay (subscription_id);

-- How far a subscription (course 'live') or a replay of it (course: its id) is with each service's journal: whatever stands
-- there or before is delivered, not wanted, or a row of delivery.
CREATE TABLE course_position (
  subscription_id VARCHAR(36) NOT NULL,
  course VARCHAR(36) NOT NULL,
  source VARCHAR(63) NOT NULL,
  epoch BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (subscription_id, course, source)
);

-- What became of an event for a subscription: delivered, retrying or dead; detail is the JSON of the attempts.
CREATE TABLE delivery (
  subscription_id VARCHAR(36) NOT NULL,
  source VARCHAR(63) NOT NULL,
  epoch BIGINT NOT NULL,
  n BIGINT NOT NULL,
  event_id VARCHAR(36) NOT NULL,
  type VARCHAR(200) NOT NULL,
  subject VARCHAR(700) NOT NULL,
  state VARCHAR(10) NOT NULL,
  attempts INT NOT NULL,
  first_micros BIGINT NOT NULL,
  last_micros BIGINT NOT NULL,
  due_micros BIGINT NOT NULL,
  detail ${text} NOT NULL,
  PRIMARY KEY (subscription_id, source, epoch, n)
);

CREATE INDEX delivery_by_time ON delivery (subscription_id, last_micros);
CREATE INDEX delivery_by_state ON delivery (subscription_id, state, due_micros);
