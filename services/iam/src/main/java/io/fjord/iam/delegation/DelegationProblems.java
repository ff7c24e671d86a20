package io.fjord.iam.delegation;

import io.fjord.contract.Problem;
import java.util.List;

/** The noes to names that lead nowhere, and to giving away what one does not have. */
public final class DelegationProblems {

    private static final int NAMED = 5;

    private DelegationProblems() {}

    public static Problem noSuchRole(String domain, String role) {
        return Problem.of(
                "role-not-found",
                404,
                "No such role",
                "There is no role called '" + role + "' in domain '" + domain
                        + "'. 'GET /api/v1/roles' lists those there are.");
    }

    public static Problem noSuchBundle(String domain, String bundle) {
        return Problem.of(
                "bundle-not-found",
                404,
                "No such bundle",
                "There is no bundle called '" + bundle + "' in domain '" + domain
                        + "'. 'GET /api/v1/bundles' lists those there are.");
    }

    /** @param missing action and resource, as {@code cluster:read on default/cluster/etl} */
    static Problem exceedsOwnRights(String actor, String domain, List<String> missing) {
        String more = missing.size() > NAMED ? ", and more" : "";
        return Problem.of(
                "exceeds-own-rights",
                403,
                "Nobody gives away what they do not have",
                actor + " may not " + String.join(", nor ", missing.subList(0, Math.min(NAMED, missing.size()))) + more
                        + ", and so cannot let others do it. Ask an owner of domain '" + domain
                        + "'; 'GET /api/v1/domains/" + domain + "/owners' lists them.");
    }
}
