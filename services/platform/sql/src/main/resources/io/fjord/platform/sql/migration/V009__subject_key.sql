-- Keys of what events say of people, one for each subject, encrypted with the service's master key.
create table subject_key (
    subject    varchar(700) not null primary key,
    sealed_key ${bytes}     not null
);
