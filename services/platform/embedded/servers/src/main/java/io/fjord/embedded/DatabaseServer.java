package io.fjord.embedded;

import java.util.List;

/** A local metastore database with its three logins. */
public interface DatabaseServer extends Server {

    /** The role the services use: owns what it creates, is no superuser. */
    DatabaseAddress address();

    /** The role Debezium uses: reads and replicates. */
    DatabaseAddress cdcAddress();

    /**
     * A database of that name with a role of its own that sees nothing else, for a program that is not a service of
     * ours; made at the next start when it is not there.
     *
     * @param captured tables of which the role that replicates sees the rows that are added, as soon as that program makes them
     */
    default DatabaseAddress apart(String name, List<String> captured) {
        return apart(name, captured, Captured.ADDED_ROWS);
    }

    /** What of those tables the role that replicates sees. */
    DatabaseAddress apart(String name, List<String> tables, Captured captured);

    /** Which changes are told. */
    enum Captured {
        ADDED_ROWS,
        ALL_CHANGES
    }

    /** The role that may do everything, for operators and for tests that break things. */
    DatabaseAddress adminAddress();
}
