-- Who does what only one process at a time may do: holder is '' while nobody does, place is where others reach it. A term
-- begins with each taking; beat goes on while the holder lives.
create table lease (
    name   varchar(63)  not null primary key,
    holder varchar(36)  not null,
    place  varchar(200) not null,
    term   bigint       not null,
    beat   bigint       not null
);
