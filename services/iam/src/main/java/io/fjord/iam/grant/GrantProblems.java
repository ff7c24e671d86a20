package io.fjord.iam.grant;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;

/** Every no a grant can meet. */
public final class GrantProblems {

    private GrantProblems() {}

    static Problem alreadyExists(Address grant) {
        return Problem.of(
                "grant-already-exists",
                409,
                "Grant already exists",
                "'" + grant + "' is there and gives something else. Revoke it first, or make another one.");
    }

    public static Problem notFound(Address grant) {
        return Problem.of(
                "grant-not-found",
                404,
                "No such grant",
                "There is no grant '" + grant.name() + "' in domain '" + grant.domain()
                        + "'. 'GET /api/v1/grants' lists those there are.");
    }
}
