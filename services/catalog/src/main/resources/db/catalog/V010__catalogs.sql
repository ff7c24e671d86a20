-- Catalogs that were asked for, and those every domain has once they were changed. A storage of null: deleted.
create table catalog (
    domain               varchar(63)   not null,
    name                 varchar(63)   not null,
    id                   varchar(36)   not null,
    version              bigint        not null,
    storage              ${text},
    location             varchar(1000) not null,
    secret_ref           varchar(64),
    keep_dropped_seconds bigint,
    description          varchar(1000),
    protected            boolean       not null,
    read_only_because    varchar(1000),
    created_micros       bigint        not null,
    primary key (domain, name)
);

-- Tables that can still be had back; their files are deleted afterwards if purge was asked for.
create table dropped_table (
    id                varchar(36)   not null primary key,
    domain            varchar(63)   not null,
    catalog           varchar(63)   not null,
    namespace         varchar(380)  not null,
    name              varchar(255)  not null,
    table_id          varchar(36)   not null,
    metadata_location varchar(2000) not null,
    version           bigint        not null,
    purge             boolean       not null,
    dropped_by        varchar(255)  not null,
    dropped_micros    bigint        not null,
    kept_until_micros bigint        not null
);

create index dropped_table_catalog on dropped_table (domain, catalog, id);
create index dropped_table_due on dropped_table (kept_until_micros);

alter table entry add column protected boolean default false not null;

-- What was answered to whom under a key; written with the commit it answers for.
create table idempotency_key (
    digest         varchar(64)  not null primary key,
    request        varchar(64)  not null,
    location       varchar(2000),
    created_micros bigint       not null
);

create index idempotency_key_created on idempotency_key (created_micros);
