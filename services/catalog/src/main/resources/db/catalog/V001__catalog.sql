-- Everything is keyed by domain and catalog from the start. Levels of a namespace are joined by U+001F, as in Iceberg's
-- REST paths; parent '' is the top.
create table namespace (
    domain     varchar(63)  not null,
    catalog    varchar(63)  not null,
    name       varchar(380) not null,
    parent     varchar(380) not null,
    properties ${text}      not null,
    version    bigint       not null,
    primary key (domain, catalog, name)
);

create index namespace_parent on namespace (domain, catalog, parent);

-- Tables and views in one table: a name stands for one thing.
create table entry (
    domain                     varchar(63)   not null,
    catalog                    varchar(63)   not null,
    namespace                  varchar(380)  not null,
    name                       varchar(255)  not null,
    kind                       varchar(5)    not null,
    id                         varchar(36)   not null,
    metadata_location          varchar(2000) not null,
    previous_metadata_location varchar(2000),
    version                    bigint        not null,
    primary key (domain, catalog, namespace, name)
);

create index entry_id on entry (id);

-- Dropped tables whose files are still to be deleted.
create table files_to_delete (
    id                varchar(36)   not null primary key,
    domain            varchar(63)   not null,
    catalog           varchar(63)   not null,
    metadata_location varchar(2000) not null
);
