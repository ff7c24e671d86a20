package io.fjord.core.secret;

import io.fjord.contract.Problem;
import io.fjord.platform.http.ProblemException;
import java.time.Duration;

/** Every no a secret can meet. */
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

    static Problem useDenied(String actor, String domain, String name) {
        return Problem.of(
                "secret-use-denied",
                403,
                "The secret may not be used",
                actor + " may not use secret '" + name + "' of domain '" + domain
                        + "'. Ask an owner of the domain to grant secret:use on it.");
    }

    static Problem forServicesOnly() {
        return Problem.of(
                "secret-use-denied",
                403,
                "The secret may not be used",
                "What is kept in a secret is told to Fjord's own services only. Name the secret where it is needed, in"
                        + " the configuration of a cluster for instance.");
    }

    // Kept elsewhere

    /** @param store {@code Vault} */
    static ProblemException storeNotConfigured(String store, String setting) {
        return new ProblemException(Problem.of(
                "secret-store-not-configured",
                422,
                "No such place for secrets is known",
                "The secret refers to " + store + ", and this platform is told of none. Have its operator set "
                        + setting + ", or keep the value here."));
    }

    /** @param what is not there, never what it is */
    static ProblemException referenceNotFound(String what) {
        return new ProblemException(Problem.of(
                "secret-reference-not-found",
                422,
                "What the secret refers to is not there",
                what + ". Write it there, or rotate the secret to refer to where it is."));
    }

    static ProblemException referenceDenied(String what) {
        return new ProblemException(
                Problem.of("secret-reference-denied", 422, "What the secret refers to may not be read", what));
    }

    static ProblemException storeUnavailable(String what, Duration retryAfter) {
        return new ProblemException(Problem.of(
                        "secret-store-unavailable",
                        503,
                        "The place the secret is kept in does not answer",
                        what + ". Nothing was changed. Try again after the time in Retry-After."))
                .retryAfter(retryAfter);
    }
}
