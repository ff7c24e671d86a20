package io.fjord.catalog.explorer;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;

/** The noes of the explorer. */
final class ExplorerProblems {

    private ExplorerProblems() {}

    static Problem notIceberg(Address table) {
        return Problem.of(
                "table-not-iceberg",
                409,
                "Not a table of an Iceberg catalog",
                "'" + table.name()
                        + "' stands in the Hive Metastore, which tells its columns and partitions and nothing of"
                        + " snapshots and files. Ask a cluster.");
    }

    static Problem noSnapshot(String table, String id) {
        return Problem.of(
                "snapshot-not-found",
                404,
                "No such snapshot",
                "'" + table + "' has no snapshot " + id + ". GET /api/v1/tables/" + table
                        + "/snapshots lists those it has; others have expired.");
    }

    static Problem tooLarge(String table, long files, long most) {
        return Problem.of(
                "table-too-large",
                422,
                "Too many files to add up",
                "'" + table + "' has " + files + " files, and at most " + most
                        + " are added up here. Let a cluster do it: SELECT * FROM <table>.partitions.");
    }

    /** @param why in the middle of a sentence */
    static Problem notSampled(String table, String why) {
        return Problem.of(
                "table-not-sampled",
                422,
                "No rows could be read within bounds",
                "No row of '" + table + "' could be read here: " + why
                        + ". Let a cluster do it: SELECT * FROM <table> LIMIT 20.");
    }

    static Problem filesGone(String table, RuntimeException why) {
        return Problem.of(
                "table-files-missing",
                409,
                "Files of the table are missing",
                "'" + table + "' refers to a file that is not in its storage any more: " + why.getMessage()
                        + ". Roll it back to a snapshot whose files are there, or have the file back.");
    }
}
