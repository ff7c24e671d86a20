package io.fjord.core.cluster;

import io.fjord.contract.Problem;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.kernel.Quota;
import java.util.Locale;

/** Every no a cluster command can meet. */
final class ClusterProblems {

    private ClusterProblems() {}

    static Problem alreadyExists(String name) {
        return Problem.of(
                "cluster-already-exists",
                409,
                "Cluster already exists",
                "There is a cluster called '" + name + "' already. Choose another name, or resize that one.");
    }

    static Problem notFound(String domain, String name) {
        return Problem.of(
                "cluster-not-found",
                404,
                "No such cluster",
                "There is no cluster called '" + name + "' in domain '" + domain
                        + "'. List them with 'fjord cluster list', or create it.");
    }

    static Problem stillStopping(String name) {
        return Problem.of(
                "cluster-stopping",
                409,
                "Cluster is still stopping",
                "'" + name + "' is stopping. Start it once it is stopped; that takes at most a minute.");
    }

    static Problem badOwner(String to) {
        return Problem.of(
                "hand-over-refused",
                422,
                "It cannot be handed over to that one",
                "A cluster belongs to a user (user:ana) or a service account (service-account:nightly), not to '" + to
                        + "'.");
    }

    static Problem quotaExceeded(Quota quota, String resource, long more) {
        Quota.Allowance allowance = quota.of(resource);
        return Problem.of(
                "quota-exceeded",
                409,
                "Quota of the domain is used up",
                "Domain '" + quota.domain() + "' may use " + allowance.limit() + " " + resource + " and uses "
                        + allowance.used() + "; this would take " + more
                        + " more. Stop or delete a cluster, choose a smaller size, or have the quota raised.");
    }

    static String sizes() {
        StringBuilder all = new StringBuilder();
        for (ClusterSize size : ClusterSize.values()) {
            all.append(all.isEmpty() ? "" : ", ")
                    .append(String.format(Locale.ROOT, "%s (%d cores, %d MiB)", size, size.cores(), size.memoryMiB()));
        }
        return all.toString();
    }
}
