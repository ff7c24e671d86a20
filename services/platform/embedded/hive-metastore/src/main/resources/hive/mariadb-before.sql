-- Four bytes for each character of a name would make Hive's indexes longer than InnoDB allows.
ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_bin;
