package io.fjord.platform.sql;

/** The databases a metastore can live in. */
public enum Dialect {
    POSTGRES,
    MARIADB,
    MYSQL;

    /** The folder of migrations that differ: MySQL reads MariaDB's. */
    String folder() {
        return this == POSTGRES ? "postgres" : "mariadb";
    }

    /** A name as it must be written where it could be a keyword. */
    public String quote(String name) {
        return this == POSTGRES ? '"' + name + '"' : '`' + name + '`';
    }
}
