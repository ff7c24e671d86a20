-- The journal: what happened, in commit order. It is the outbox that the relay reads, the history that is folded,
-- and what gaps are refilled from. Nothing in it is updated or deleted.
create table event (
    epoch          bigint       not null,
    n              bigint       not null,
    id             varchar(36)  not null,
    type           varchar(200) not null,
    subject        varchar(700) not null,
    version        bigint,
    actor          varchar(200) not null,
    correlation_id varchar(64)  not null,
    causation_id   varchar(64),
    command_id     varchar(64),
    outcome        varchar(16),
    command_digest varchar(64),
    traceparent    varchar(64),
    time_micros    bigint       not null,
    data           ${text}      not null,
    primary key (epoch, n),
    constraint event_id unique (id)
);

create index event_subject on event (subject, version);
create index event_command on event (command_id);
create index event_time on event (time_micros, epoch, n);

-- One row: the position and time of the last event. It is locked last in every transaction that writes events.
create table counter (
    id          int    not null primary key,
    epoch       bigint not null,
    n           bigint not null,
    time_micros bigint not null
);

insert into counter (id, epoch, n, time_micros) values (1, 1, 0, 0);

-- One row that the relay touches, so that its place in the log moves on when nothing else does.
create table heartbeat (
    id          int    not null primary key,
    time_micros bigint not null
);

insert into heartbeat (id, time_micros) values (1, 0);
