package io.fjord.kernel;

import java.time.Instant;
import java.util.function.Supplier;

/**
 * All a decider may know besides state and command.
 *
 * @param now when it is decided; every decision of a batch has the same
 * @param newId a fresh UUIDv7 at each call
 * @param actor id of who wished it
 * @param quota what the subject's domain may use and uses, with the decisions before this one counted in
 * @param names who holds the unique names the command wants, with the decisions before this one counted in
 */
public record Context(Instant now, Supplier<String> newId, String actor, Quota quota, Names names) {

    /** Of a command that wants no name. */
    public Context(Instant now, Supplier<String> newId, String actor, Quota quota) {
        this(now, newId, actor, quota, Names.NONE);
    }
}
