-- With what a command came past those who may refuse it: how far the policies were known, and what guardrails warned of (JSON).
alter table event add column policy_position varchar(200);
alter table event add column warnings ${text};
