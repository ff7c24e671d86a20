create table thing (
    id   varchar(36) not null primary key,
    size int         not null,
    what ${text},
    odd  boolean
);
