package io.fjord.iam.serviceaccount;

import io.fjord.contract.Problem;

/** Every no a service account command can meet. */
final class ServiceAccountProblems {

    private ServiceAccountProblems() {}

    static Problem notFound(String name) {
        return Problem.of(
                "service-account-not-found",
                404,
                "No such service account",
                "There is no service account called '" + name
                        + "'. 'GET /api/v1/service-accounts' lists those there are.");
    }

    static Problem alreadyExists(String name) {
        return Problem.of(
                "service-account-already-exists",
                409,
                "Service account already exists",
                "There is a service account called '" + name + "' already. Choose another name.");
    }

    static Problem archived(String name) {
        return Problem.of(
                "service-account-archived",
                409,
                "Service account is archived for ever",
                "'" + name + "' is archived; what was done under that name stays its own, so nothing else gets it."
                        + " Choose another name.");
    }

    static Problem badOwner(String owner) {
        return Problem.of(
                "service-account-owner-refused",
                422,
                "That cannot own a service account",
                "'" + owner + "' cannot answer for it. Name a user (user:ana) or another service account.");
    }
}
