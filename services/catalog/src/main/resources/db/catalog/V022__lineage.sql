-- What flows where, as OpenLineage tells it. Ids are hashes of what a dataset or job is called, so that nobody has to look them up;
-- a table of ours goes by the id its metastore gave it, which it keeps when it is renamed.
create table lineage_dataset (
    id           bigint      not null primary key,
    domain       varchar(63) not null,
    thing_id     varchar(64),
    namespace    ${text}     not null,
    name         ${text}     not null,
    first_micros bigint      not null,
    last_micros  bigint      not null
);

create table lineage_job (
    id          bigint      not null primary key,
    domain      varchar(63) not null,
    namespace   ${text}     not null,
    name        ${text}     not null,
    state       varchar(10) not null,
    run_id      varchar(36) not null,
    last_micros bigint      not null
);

-- Found from both sides.
create table lineage_edge (
    from_id      bigint not null,
    to_id        bigint not null,
    job_id       bigint not null,
    first_micros bigint not null,
    last_micros  bigint not null,
    primary key (from_id, to_id, job_id)
);

create index lineage_edge_to on lineage_edge (to_id, from_id, job_id, first_micros, last_micros);

create table lineage_column_edge (
    from_id      bigint       not null,
    from_column  varchar(255) not null,
    to_id        bigint       not null,
    to_column    varchar(255) not null,
    how          varchar(60)  not null,
    first_micros bigint       not null,
    last_micros  bigint       not null,
    primary key (from_id, from_column, to_id, to_column)
);

create index lineage_column_edge_to on lineage_column_edge (to_id);

-- A run tells its inputs and outputs in more than one event.
create table lineage_run_dataset (
    run_id     varchar(36) not null,
    role       varchar(6)  not null,
    dataset_id bigint      not null,
    primary key (run_id, role, dataset_id)
);

-- As it came, with every facet.
create table lineage_event (
    id              varchar(36)  not null primary key,
    domain          varchar(63)  not null,
    run_id          varchar(36)  not null,
    job_id          bigint       not null,
    actor           varchar(255) not null,
    received_micros bigint       not null,
    payload         ${text}      not null
);

create index lineage_event_run on lineage_event (domain, run_id, received_micros);
