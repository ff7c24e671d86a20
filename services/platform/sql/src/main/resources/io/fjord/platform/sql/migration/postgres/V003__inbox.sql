-- Ids of commands acted on, for seven days: slot = days since 1970 modulo 10. The housekeeping empties the slot after
-- tomorrow's, which is eight days old, so no partition has to be made or dropped while the service runs.
create table inbox (
    command_id varchar(64) not null,
    digest     varchar(64) not null,
    slot       smallint    not null,
    primary key (command_id, slot)
) partition by list (slot);

create table inbox_0 partition of inbox for values in (0);
create table inbox_1 partition of inbox for values in (1);
create table inbox_2 partition of inbox for values in (2);
create table inbox_3 partition of inbox for values in (3);
create table inbox_4 partition of inbox for values in (4);
create table inbox_5 partition of inbox for values in (5);
create table inbox_6 partition of inbox for values in (6);
create table inbox_7 partition of inbox for values in (7);
create table inbox_8 partition of inbox for values in (8);
create table inbox_9 partition of inbox for values in (9);
