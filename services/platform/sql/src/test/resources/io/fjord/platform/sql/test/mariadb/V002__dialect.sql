create table dialect (name varchar(20) not null);
insert into dialect (name) values ('mariadb');
