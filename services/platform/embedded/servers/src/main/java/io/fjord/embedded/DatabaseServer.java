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
     * @param captured tables of which the role that replicates sees the rows, as soon as that program makes them
     */
    DatabaseAddress apart(String name, List<String> captured);

    /** The role that may do everything, for operators and for tests that break things. */
    DatabaseAddress adminAddress();
}
