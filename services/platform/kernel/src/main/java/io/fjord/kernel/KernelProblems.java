package io.fjord.kernel;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Problem;
import java.util.List;
import java.util.stream.Collectors;

/** The noes of the path itself, whatever the capability. */
public final class KernelProblems {

    /** The last so many changes are named: a thing may have changed thousands of times since. */
    private static final int MOST_NAMED = 10;

    private KernelProblems() {}

    static Problem unreadableCommand(String why) {
        return Problem.of(
                "unreadable-command",
                422,
                "Command cannot be read",
                why
                        + ". It is kept as a dead letter: correct the producer, then replay it with 'fjord dead-letters replay'.");
    }

    static Problem internalError() {
        return Problem.of(
                "internal-error",
                500,
                "Something broke while this was decided",
                "Nothing was changed. The command is kept as a dead letter; it can be replayed with"
                        + " 'fjord dead-letters replay' once the cause is gone.");
    }

    static Problem versionMismatch(long expected, long actual, List<EventEnvelope<String>> since) {
        int untold = Math.max(0, since.size() - MOST_NAMED);
        String happened = since.isEmpty()
                ? ""
                : " Since then: " + (untold == 0 ? "" : untold + " changes, then ")
                        + since.stream()
                                .skip(untold)
                                .map(e -> shortName(e.type()) + " by " + e.actor() + " at " + e.time() + " (version "
                                        + e.version() + ")")
                                .collect(Collectors.joining("; "))
                        + ".";
        return Problem.of(
                "version-mismatch",
                412,
                "It has changed since you read it",
                "You demanded version " + expected + ", it is at version " + actual + "." + happened
                        + " Read it again and repeat your request with the new ETag.");
    }

    private static String shortName(String type) {
        String[] parts = type.split("\\.");
        return parts.length < 2 ? type : parts[parts.length - 2];
    }
}
