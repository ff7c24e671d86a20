package io.fjord.platform.kafka;

import io.fjord.contract.Problem;

/** The noes of records that somebody else put on a topic. */
final class KafkaProblems {

    private KafkaProblems() {}

    static Problem unreadableCommand() {
        return Problem.of(
                "unreadable-command",
                422,
                "Command cannot be read",
                "The record on the command topic is not a command of Fjord. It is kept as a dead letter: correct the"
                        + " producer, then replay it with 'fjord dead-letters replay'.");
    }

    static Problem eventNotApplied(String reader) {
        return Problem.of(
                "event-not-applied",
                500,
                "An event could not be applied",
                "'" + reader
                        + "' could not apply it and has parked its subject; other subjects go on. Correct the cause,"
                        + " then rebuild the view.");
    }
}
