-- Whose a cluster is; none of before there were owners.
ALTER TABLE core.cluster ADD COLUMN owner VARCHAR(200);
CREATE INDEX cluster_by_owner ON core.cluster (owner);
