-- What the metastores tell of namespaces, tables and views: a projection of their events. The names are those of addresses.
create table catalog_entry (
    domain         varchar(63)  not null,
    kind           varchar(9)   not null,
    name           varchar(690) not null,
    parent         varchar(690) not null,
    id             varchar(64)  not null,
    location_key   bigint,
    dropped_micros bigint,
    facts          ${text}      not null,
    primary key (domain, kind, name)
);

create index catalog_entry_parent on catalog_entry (domain, parent);
create index catalog_entry_location on catalog_entry (location_key);
create index catalog_entry_id on catalog_entry (id);

-- What people say of them and of their columns.
create table asset (
    domain   varchar(63)  not null,
    name     varchar(700) not null,
    version  bigint       not null,
    thing    varchar(700) not null,
    requests integer      not null,
    notes    ${text}      not null,
    primary key (domain, name)
);

create index asset_thing on asset (domain, thing);

-- How often a thing was read, by day (days since 1970-01-01, UTC).
create table asset_use (
    domain varchar(63)  not null,
    kind   varchar(9)   not null,
    name   varchar(680) not null,
    day_no bigint       not null,
    uses   bigint       not null,
    primary key (domain, kind, name, day_no)
);
