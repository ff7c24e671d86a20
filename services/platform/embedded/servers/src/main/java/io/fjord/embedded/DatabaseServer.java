package io.fjord.embedded;

/** A local metastore database with its three logins. */
public interface DatabaseServer extends Server {

    /** The role the services use: owns what it creates, is no superuser. */
    DatabaseAddress address();

    /** The role Debezium uses: reads and replicates. */
    DatabaseAddress cdcAddress();

    /**
     * A database of that name with a role of its own that sees nothing else, for a program that is not a service of
     * ours; made at the next start when it is not there.
     */
    DatabaseAddress apart(String name);

    /** The role that may do everything, for operators and for tests that break things. */
    DatabaseAddress adminAddress();
}
