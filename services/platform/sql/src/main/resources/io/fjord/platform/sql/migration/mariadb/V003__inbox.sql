-- Ids of commands acted on, for seven days: slot = days since 1970 modulo 10. The housekeeping empties the slot after
-- tomorrow's, which is eight days old, so no partition has to be made or dropped while the service runs.
create table inbox (
    command_id varchar(64) not null,
    digest     varchar(64) not null,
    slot       smallint    not null,
    primary key (command_id, slot)
) partition by list (slot) (
    partition inbox_0 values in (0),
    partition inbox_1 values in (1),
    partition inbox_2 values in (2),
    partition inbox_3 values in (3),
    partition inbox_4 values in (4),
    partition inbox_5 values in (5),
    partition inbox_6 values in (6),
    partition inbox_7 values in (7),
    partition inbox_8 values in (8),
    partition inbox_9 values in (9)
);
