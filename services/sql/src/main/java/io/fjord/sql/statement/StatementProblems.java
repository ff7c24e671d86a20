package io.fjord.sql.statement;

import io.fjord.contract.Problem;
import io.fjord.sql.cluster.ClusterView;

/** Every no about statements. */
final class StatementProblems {

    private StatementProblems() {}

    static Problem clusterNotFound(String domain, String cluster) {
        return Problem.of(
                "cluster-not-found",
                404,
                "No such cluster",
                "There is no cluster called '" + cluster + "' in domain '" + domain
                        + "'. List the clusters with GET /api/v1/clusters, or create it.");
    }

    static Problem clusterNotRunning(ClusterView cluster) {
        String name = cluster.address().name();
        String advice = switch (cluster.state()) {
            case "starting" -> "Wait until it runs, then submit the statement again.";
            case "stopping" ->
                "Wait until it has stopped, start it with POST /api/v1/clusters/" + name
                        + "/start, then submit the statement again.";
            default ->
                "Start it with POST /api/v1/clusters/" + name
                        + "/start, wait until it runs, then submit the statement again.";
        };
        return Problem.of(
                "cluster-not-running",
                409,
                "Cluster not running",
                "Cluster '" + name + "' is " + cluster.state() + ". " + advice);
    }

    static Problem clusterLost(String cluster) {
        return Problem.of(
                "cluster-lost",
                503,
                "Cluster lost",
                "The driver of cluster '" + cluster + "' went away while the statement ran. A query can be submitted "
                        + "again as it is once the cluster runs; after a write, look first whether it was committed.");
    }

    static Problem clusterUnreachable(String cluster) {
        return Problem.of(
                "cluster-unreachable",
                503,
                "Cluster unreachable",
                "Cluster '" + cluster + "' runs but could not be asked: its credentials were refused or could not be "
                        + "had. Nothing was run; submit the statement again in a moment.");
    }

    static Problem refusedByCluster(String cluster, String words) {
        return Problem.of(
                "access-denied",
                403,
                "Access denied",
                words.isEmpty() ? "You may not use cluster '" + cluster + "'. Ask its owner for a grant." : words);
    }

    static Problem accessEnded(String actor) {
        return Problem.of(
                "access-denied",
                403,
                "Access denied",
                actor
                        + " may not use Fjord any more: they were suspended or have left, and what ran for them was ended."
                        + " After a write, look first whether it was committed.");
    }

    static Problem executionFailed(String cluster) {
        return Problem.of(
                "execution-failed",
                500,
                "Execution failed",
                "Cluster '" + cluster + "' could not run the statement to its end. Its log says why; "
                        + "submit the statement again once that is put right.");
    }

    static Problem sqlError(String message) {
        return Problem.of("sql-error", 422, "SQL error", message);
    }

    static Problem interrupted() {
        return Problem.of(
                "interrupted",
                503,
                "Interrupted",
                "The control plane was restarted before the statement ended. A query can be submitted again as it is; "
                        + "after a write, look first whether it was committed.");
    }

    static Problem tooMany(String cluster, int running, int waiting) {
        return Problem.of(
                "too-many-statements",
                429,
                "Too many statements",
                "Cluster '" + cluster + "' runs " + running + " statements at once and lets " + waiting
                        + " more wait, and all these places are taken. Try again later, or cancel one.");
    }

    static Problem notFound(String id) {
        return Problem.of(
                "statement-not-found",
                404,
                "Statement not found",
                "There is no statement '" + id + "' in this domain. List them with GET /api/v1/sql/statements.");
    }

    static Problem notFinished(String id, String state) {
        return Problem.of(
                "statement-not-finished",
                409,
                "Statement not finished",
                "Statement '" + id + "' is " + state
                        + " and has no result yet. Ask again later, or with waitSeconds=60.");
    }

    static Problem noResult(String id, String state) {
        return Problem.of(
                "statement-without-result",
                409,
                "Statement without result",
                "Statement '" + id + "' is " + state + " and will never have a result. GET /api/v1/sql/statements/" + id
                        + " says why; submit it again if you still need it.");
    }

    static Problem alreadyEnded(String id, String state) {
        return Problem.of(
                "statement-already-ended",
                409,
                "Statement already ended",
                "Statement '" + id + "' is " + state + ": there is nothing left to cancel.");
    }

    static Problem expired() {
        return Problem.of(
                "statement-expired",
                504,
                "Statement expired",
                "It had not ended by its deadline and was cancelled. Submit it again with a larger timeoutSeconds "
                        + "(at most 86400), or make it do less.");
    }

    static Problem cancelled() {
        return Problem.of(
                "statement-cancelled",
                409,
                "Statement cancelled",
                "Somebody asked for it to be cancelled; the journal tells who. Submit it again if you still need it.");
    }

    static Problem cancelledByCluster(String cluster) {
        return Problem.of(
                "statement-cancelled",
                409,
                "Statement cancelled",
                "Cluster '" + cluster + "' ended the statement before it was done: somebody cancelled it there, or the "
                        + "cluster stops. Submit it again if you still need it.");
    }

    static Problem notAcceptable() {
        return Problem.of(
                "not-acceptable",
                406,
                "Not acceptable",
                "A result can be had as application/json, in pages, or as application/vnd.apache.arrow.stream. "
                        + "Ask for one of these in Accept.");
    }

    static Problem keyReused() {
        return Problem.of(
                "idempotency-key-reused",
                422,
                "This key stands for another request",
                "This Idempotency-Key was used for another statement. Use a new key for a new statement, "
                        + "or send the same body again to get the first one's answer.");
    }
}
