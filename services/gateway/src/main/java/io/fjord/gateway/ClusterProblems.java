package io.fjord.gateway;

import io.fjord.contract.Problem;
import io.fjord.platform.http.ProblemException;
import java.time.Duration;

/** The noes on the way to a cluster. */
final class ClusterProblems {

    private ClusterProblems() {}

    static ProblemException notKnownYet() {
        return new ProblemException(Problem.of(
                        "service-unavailable",
                        503,
                        "The service is not there",
                        "The gateway has just started and does not know yet where clusters run. Try again after the time in"
                                + " Retry-After."))
                .retryAfter(Duration.ofSeconds(1));
    }

    static ProblemException notFound(ClusterName name) {
        return new ProblemException(Problem.of(
                "cluster-not-found",
                404,
                "No such cluster",
                "There is no cluster called '" + name.cluster() + "' in domain '" + name.domain()
                        + "'. List them with 'fjord cluster list', or create it with 'fjord cluster create "
                        + name.cluster() + "'."));
    }

    static ProblemException notNamed(int running) {
        return new ProblemException(Problem.of(
                "cluster-not-named",
                400,
                "Which cluster?",
                (running == 0 ? "No cluster is named and none runs" : "No cluster is named and " + running + " run")
                        + ". Name one: x-fjord-cluster=<cluster> for Spark Connect, <user>@<cluster> as user name for"
                        + " HiveServer2, /lakehouse/<cluster> over HTTP."));
    }

    static ProblemException notRunning(Cluster cluster) {
        String start = "'fjord cluster start " + cluster.address().name() + "' (POST /api/v1/clusters/"
                + cluster.address().name() + "/start)";
        String advice = switch (cluster.state()) {
            case "starting" -> "Wait until it runs, then connect again.";
            case "stopping" -> "Wait until it has stopped, start it with " + start + ", then connect again.";
            default -> "Start it with " + start + ", wait until it runs, then connect again.";
        };
        return new ProblemException(Problem.of(
                "cluster-not-running",
                409,
                "Cluster not running",
                "Cluster '" + cluster.address().name() + "' is " + cluster.state() + ". " + advice));
    }

    static ProblemException unreachable(String cluster) {
        return new ProblemException(Problem.of(
                        "cluster-unreachable",
                        503,
                        "Cluster unreachable",
                        "Cluster '" + cluster
                                + "' should run but its driver does not answer; nothing was run. Try again in"
                                + " a moment; 'fjord cluster show " + cluster + "' tells how it is."))
                .retryAfter(Duration.ofSeconds(2));
    }

    static ProblemException lost(String cluster) {
        return new ProblemException(Problem.of(
                        "cluster-lost",
                        503,
                        "Cluster lost",
                        "The driver of cluster '" + cluster
                                + "' went away before it answered. A query can be sent again"
                                + " once the cluster runs; after a write, look first whether it was committed."))
                .retryAfter(Duration.ofSeconds(2));
    }
}
