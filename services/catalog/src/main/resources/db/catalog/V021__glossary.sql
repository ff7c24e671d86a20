create table term (
    domain         varchar(63)  not null,
    name           varchar(255) not null,
    version        bigint       not null,
    id             varchar(36)  not null,
    state          varchar(7)   not null,
    title          varchar(255) not null,
    definition     ${text},
    synonyms       ${text}      not null,
    created_micros bigint       not null,
    primary key (domain, name)
);
