package io.fjord.core.secret;

import io.fjord.contract.Problem;

/** Every no a secret command can meet. */
final class SecretProblems {

    private SecretProblems() {}

    static Problem alreadyExists(String name) {
        return Problem.of(
                "secret-already-exists",
                409,
                "Secret already exists",
                "There is a secret called '" + name + "' already. Choose another name, or rotate that one.");
    }

    static Problem notFound(String domain, String name) {
        return Problem.of(
                "secret-not-found",
                404,
                "No such secret",
                "There is no secret called '" + name + "' in domain '" + domain
                        + "'. List them at /api/v1/secrets, or create it.");
    }
}
