-- The shared rows behind names that one thing of the service has at most: user-name:ana.
create table unique_name (
    name   varchar(400) not null primary key,
    holder varchar(700) not null
);
