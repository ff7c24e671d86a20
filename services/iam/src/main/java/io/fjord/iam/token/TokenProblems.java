package io.fjord.iam.token;

import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import java.util.List;

/** Every no a token command can meet. */
final class TokenProblems {

    private TokenProblems() {}

    static Problem notFound(String id) {
        return Problem.of(
                "token-not-found",
                404,
                "No such token",
                "There is no token with the id '" + id + "' here. 'GET /api/v1/tokens' lists yours.");
    }

    static Problem revoked(String id) {
        return Problem.of(
                "token-revoked", 409, "Token is revoked for ever", "'" + id + "' was revoked. Create another one.");
    }

    static Problem notRight(List<Fault> faults) {
        return Problem.of(
                        "token-not-right",
                        422,
                        "Such a token cannot be made",
                        "What is wrong with it is named under errors. Correct it and send it again.")
                .withFaults(faults);
    }

    static Problem noOwner(String actor) {
        return Problem.of(
                "token-owner-refused",
                409,
                "That one cannot own a token",
                "'" + actor
                        + "' is neither a user nor a service account, or is suspended or archived. Log in as one that is"
                        + " active.");
    }

    static Problem limited() {
        return Problem.of(
                "token-for-tokens-refused",
                403,
                "This token cannot manage tokens",
                "You came with a token that may be narrower than you are, so it makes no other, and changes others only if its"
                        + " actions include token:manage. Log in instead.");
    }
}
