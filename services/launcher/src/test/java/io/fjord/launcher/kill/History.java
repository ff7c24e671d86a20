package io.fjord.launcher.kill;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What the clients saw: every call, with what they know of it. */
final class History {

    enum Result {
        /** Acknowledged or decided in its favour. */
        OK,
        /** Decided against. */
        REFUSED,
        /** No answer, or one that does not say: it may have happened. */
        UNKNOWN
    }

    /**
     * One call; retries are calls of their own under the same key.
     *
     * @param service whose it is to decide
     * @param commandId what the key stands for
     * @param waited the answer tells the decision, not only that the wish was taken
     */
    record Call(
            String op,
            String service,
            String subject,
            String key,
            String commandId,
            long invoked,
            long returned,
            Result result,
            boolean waited) {

        /** As one who knows only that the wish was taken: what was decided then may be decided again. */
        Call acknowledged() {
            return new Call(op, service, subject, key, commandId, invoked, returned, result, false);
        }
    }

    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final Queue<String> oddities = new ConcurrentLinkedQueue<>();

    void add(Call call) {
        calls.add(call);
    }

    /** Something no client should ever see. */
    void odd(String what) {
        oddities.add(what);
    }

    List<Call> calls() {
        return List.copyOf(calls);
    }

    List<String> oddities() {
        return List.copyOf(oddities);
    }
}
