package io.fjord.kernel;

/** Where refused requests are told of, for audit and for whoever asks why. */
@FunctionalInterface
public interface Denials {

    /** @return the id of this decision, for the answer: {@code GET /api/v1/decisions/{id}} tells of it */
    String denied(AccessRequest request, AccessDecision decision);
}
