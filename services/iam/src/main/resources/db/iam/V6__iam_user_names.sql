-- User names of those who are here, as shared rows: one holder each. Where two had one before, the first keeps it.
INSERT INTO iam.unique_name (name, holder)
SELECT CONCAT('user-name:', u.user_name_key), CONCAT('platform/user/', MIN(u.name))
FROM iam.iam_user u
WHERE u.state IN ('active', 'suspended')
GROUP BY u.user_name_key;
