package io.fjord.embedded;

/** A local metastore database with its three logins. */
public interface DatabaseServer extends Server {

    /** The role the services use: owns what it creates, is no superuser. */
    DatabaseAddress address();

    /** The role Debezium uses: reads and replicates. */
    DatabaseAddress cdcAddress();

    /** The role that may do everything, for operators and for tests that break things. */
    DatabaseAddress adminAddress();
}
