package io.fjord.runtime;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what runs for somebody who may not use the cluster any more, also if they never call again. */
final class Revocations {

    private static final Logger log = LoggerFactory.getLogger(Revocations.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);
    private static final String BECAUSE = "Its owner may not use this cluster any more.";

    private final AccessChecks checks;
    private final Statements statements;
    private final ConnectOwners connect;
    private final Consumer<SessionOwner> hive;
    private final ExecutorService threads;

    /** @param hive closes the HiveServer2 sessions of somebody */
    Revocations(
            AccessChecks checks,
            Statements statements,
            ConnectOwners connect,
            Consumer<SessionOwner> hive,
            ExecutorService threads) {
        this.checks = checks;
        this.statements = statements;
        this.connect = connect;
        this.hive = hive;
        this.threads = threads;
    }

    void watch(ScheduledExecutorService timer) {
        var unused = timer.scheduleWithFixedDelay(
                () -> {
                    statements.owners().forEach(owner -> endIfTakenAway(owner, () -> end(owner)));
                    connect.busy().forEach(busy -> endIfTakenAway(busy.owner(), () -> connect.close(busy)));
                },
                BETWEEN_LOOKS.toMillis(),
                BETWEEN_LOOKS.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void end(SessionOwner owner) {
        statements.cancelAllOf(owner, BECAUSE);
        hive.accept(owner);
    }

    private void endIfTakenAway(SessionOwner owner, Runnable end) {
        var token = owner.token();
        if (token == null) {
            return;
        }
        // The answer is waited for, and the timer has more to do.
        threads.execute(() -> {
            if (checks.isTakenAway(token)) {
                log.atInfo().addKeyValue("actor", owner.actor()).log("What runs for who may not any more is ended");
                end.run();
            }
        });
    }
}
