-- How far each view of this service has read each journal.
create table projection_position (
    projection varchar(100) not null,
    source     varchar(100) not null,
    epoch      bigint       not null,
    n          bigint       not null,
    primary key (projection, source)
);

-- Secrets on their way: commands and rows carry the reference only.
create table vault (
    ref            varchar(36) not null primary key,
    nonce          ${bytes}    not null,
    ciphertext     ${bytes}    not null,
    key_id         varchar(64) not null,
    referenced     boolean     not null,
    created_micros bigint      not null
);

create index vault_created on vault (created_micros);
