package io.fjord.platform.sql;

/** What the tables of a service stand in: a schema on PostgreSQL, a database on MariaDB and MySQL. */
public final class Schemas {

    private Schemas() {}

    /** A name that need not be quoted: {@code control-policies} has {@code control_policies}. */
    public static String of(String service) {
        return service.replace('-', '_');
    }
}
