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
