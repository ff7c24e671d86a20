-- How far the commands of each partition are handled. Kafka's own offsets are information only.
create table command_offset (
    topic        varchar(200) not null,
    partition_no int          not null,
    next_offset  bigint       not null,
    primary key (topic, partition_no)
);

-- The shared rows behind the domains' quotas.
create table quota (
    domain       varchar(63) not null,
    resource     varchar(63) not null,
    limit_amount bigint      not null,
    used         bigint      not null,
    primary key (domain, resource)
);

-- When a subject's state must have ended, and the command to send if it has not.
create table deadline (
    subject      varchar(700) not null,
    name         varchar(60)  not null,
    due_micros   bigint       not null,
    version      bigint       not null,
    command_type varchar(200) not null,
    command_data ${text}      not null,
    primary key (subject, name)
);

create index deadline_due on deadline (due_micros);
