-- The rows of the Hive Metastore as far as they were read; generation 1 is a snapshot on its way in.
create table hive_row (
    generation integer      not null,
    relation   varchar(32)  not null,
    id         varchar(400) not null,
    owner      varchar(32)  not null,
    refers     varchar(32)  not null,
    data       ${text}      not null,
    primary key (generation, relation, id)
);

create index hive_row_owner on hive_row (generation, relation, owner);

create index hive_row_refers on hive_row (generation, relation, refers);

-- How far its topic was read; written in the transaction that changes the rows.
create table hive_position (
    capture     varchar(63) not null primary key,
    topic_id    varchar(63) not null,
    next_offset bigint      not null,
    n           bigint      not null
);

-- How many events were told of each thing.
create table hive_version (
    subject varchar(700) not null primary key,
    version bigint       not null
);
