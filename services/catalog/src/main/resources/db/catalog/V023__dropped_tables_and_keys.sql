-- Tables that can still be had back; with delete_files they lose their files when they no longer can.
create table dropped_table (
    id                varchar(36)   not null primary key,
    domain            varchar(63)   not null,
    catalog           varchar(63)   not null,
    namespace         varchar(380)  not null,
    name              varchar(255)  not null,
    table_id          varchar(36)   not null,
    metadata_location varchar(2000) not null,
    location          varchar(640)  not null,
    version           bigint        not null,
    delete_files      boolean       not null,
    dropped_by        varchar(255)  not null,
    dropped_micros    bigint        not null,
    kept_until_micros bigint        not null
);

create index dropped_table_catalog on dropped_table (domain, catalog, id);
create index dropped_table_due on dropped_table (kept_until_micros);
create index dropped_table_location on dropped_table (location);

alter table entry add column protected boolean default false not null;

-- The folder of a table or view, with a slash at its end; '' until the next commit of those that were there before.
alter table entry add column location varchar(640) default '' not null;

create index entry_location on entry (location);

-- What was answered to whom under a key, as far as it cannot be made again of what stands elsewhere: the metadata file of a
-- table. Written with the change it answers for.
create table idempotency_key (
    digest         varchar(64) not null primary key,
    request        varchar(64) not null,
    answer         ${text},
    created_micros bigint      not null
);

create index idempotency_key_created on idempotency_key (created_micros);
