package io.fjord.runtime;

import org.jspecify.annotations.Nullable;

/** A call that is not let in; each protocol says so in its own way. */
public final class CallerRefused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** It shows nothing, or nothing that anybody knows. */
        UNKNOWN,
        /** It is known who calls, and they may not. */
        DENIED,
        /** It cannot be found out just now. */
        UNDECIDED
    }

    private final Reason reason;
    private final @Nullable String decisionId;

    private CallerRefused(Reason reason, String message, @Nullable String decisionId) {
        super(message, null, false, false);
        this.reason = reason;
        this.decisionId = decisionId;
    }

    static CallerRefused unknown(String message) {
        return new CallerRefused(Reason.UNKNOWN, message, null);
    }

    static CallerRefused denied(String actor, String resource, @Nullable String decisionId) {
        return new CallerRefused(
                Reason.DENIED,
                actor + " may not use " + resource + "."
                        + (decisionId == null
                                ? ""
                                : " Decision " + decisionId + ": GET /api/v1/decisions/" + decisionId
                                        + " says why, and who could allow it."),
                decisionId);
    }

    static CallerRefused notTheirs(String actor) {
        return new CallerRefused(Reason.DENIED, "The token that came along is not that of " + actor + ".", null);
    }

    static CallerRefused ended(String actor) {
        return new CallerRefused(
                Reason.DENIED, "The token of " + actor + " is not valid any more. Get a new one and try again.", null);
    }

    static CallerRefused undecided() {
        return new CallerRefused(
                Reason.UNDECIDED,
                "Whether you may use this cluster cannot be found out: the control plane does not answer. Try again.",
                null);
    }

    public Reason reason() {
        return reason;
    }

    public @Nullable String decisionId() {
        return decisionId;
    }

    /** Always there. */
    public String words() {
        return String.valueOf(getMessage());
    }
}
