package io.fjord.kernel;

import io.fjord.contract.CommandEnvelope;
import io.fjord.kernel.Metastore.DeadlineRow;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the command of each deadline that has passed. The row stays until that command is decided; the command's id is made
 * of subject and version, so sending it again is no second wish.
 */
public final class DeadlineTimer {

    private static final Logger log = LoggerFactory.getLogger(DeadlineTimer.class);
    private static final int MOST_AT_ONCE = 200;
    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final Vertx vertx;
    private final Metastore metastore;
    private final CommandLog commands;
    private final Clock clock;
    private long timer = -1;
    private Instant armedFor = Instant.MAX;
    private boolean running;
    private boolean stopped;

    public DeadlineTimer(Vertx vertx, Metastore metastore, CommandLog commands, Clock clock) {
        this.vertx = vertx;
        this.metastore = metastore;
        this.commands = commands;
        this.clock = clock;
    }

    /** Sends what is due and waits for the next. */
    public void start() {
        arm(clock.instant());
    }

    public synchronized void stop() {
        stopped = true;
        vertx.cancelTimer(timer);
    }

    /** A deadline was committed. */
    public void noticed(Instant due) {
        arm(due);
    }

    private synchronized void arm(Instant due) {
        if (stopped || !due.isBefore(armedFor)) {
            return;
        }
        vertx.cancelTimer(timer);
        armedFor = due;
        Duration wait = Duration.between(clock.instant(), due);
        Duration bounded = wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
        timer = vertx.setTimer(Math.max(1, bounded.toMillis()), id -> fire());
    }

    private void fire() {
        synchronized (this) {
            armedFor = Instant.MAX;
            if (running || stopped) {
                return;
            }
            running = true;
        }
        send().onComplete(done -> {
            synchronized (this) {
                running = false;
            }
            arm(done.succeeded() ? done.result() : clock.instant().plus(AGAIN));
            if (done.failed()) {
                log.atWarn().setCause(done.cause()).log("Deadlines could not be sent; they are tried again");
            }
        });
    }

    /** @return when to look again */
    private Future<Instant> send() {
        Instant now = clock.instant();
        return metastore.dueDeadlines(now, MOST_AT_ONCE).compose(due -> {
            Future<Void> sent = Future.succeededFuture();
            for (DeadlineRow row : due) {
                sent = sent.compose(
                        ok -> commands.append(metastore.service(), command(row)).mapEmpty());
            }
            // What was sent stays in the table until it is decided: look again later, not at once.
            Instant again = now.plus(due.isEmpty() ? LONGEST : AGAIN);
            return sent.compose(ok -> metastore.nextDeadline())
                    .map(next -> next.filter(n -> n.isAfter(now) && n.isBefore(again))
                            .orElse(again));
        });
    }

    private CommandEnvelope<byte[]> command(DeadlineRow row) {
        String id = Ids.of("deadline", metastore.service(), row.subject().toString(), row.name(), "" + row.version());
        return new CommandEnvelope<>(
                id,
                row.commandType(),
                metastore.service(),
                Objects.requireNonNull(row.due()),
                row.subject(),
                "platform",
                id,
                null,
                null,
                null,
                row.commandData().getBytes(StandardCharsets.UTF_8));
    }
}
