-- Which process of which machine holds it, as ProcessMark writes it; '' where that cannot be told.
alter table lease add column process varchar(200) default '' not null;
