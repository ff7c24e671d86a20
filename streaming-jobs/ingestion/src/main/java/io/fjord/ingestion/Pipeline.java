package io.fjord.ingestion;

import io.fjord.ingestion.Progress.State;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NotAuthorizedException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pipeline of the driver, on a thread of its own: what breaks it breaks no other. */
final class Pipeline {

    private static final Logger log = LoggerFactory.getLogger(Pipeline.class);
    private static final long LONGEST_BACKOFF_MILLIS = 15_000;

    /** So long a refusal may be one of a control plane that has not read yet who may what. */
    private static final long REFUSED_FOR_GOOD_NANOS = Duration.ofSeconds(30).toNanos();

    private final Settings settings;
    private final Order order;
    private final ExecutorService threads;
    private final Progress progress = new Progress();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private long refusedSince;

    Pipeline(Settings settings, Order order, ExecutorService threads) {
        this.settings = settings;
        this.order = order;
        this.threads = threads;
    }

    /** @param before what has to end first; null for none */
    void start(@Nullable Pipeline before) {
        Thread thread = new Thread(() -> run(before), "pipeline-" + order.name());
        thread.setDaemon(true);
        thread.start();
    }

    /** It commits what it has read, then ends. */
    void stop() {
        stop.countDown();
    }

    boolean hasEnded() {
        return ended.getCount() == 0;
    }

    /** @return whether it has, and not only that it was long enough */
    boolean awaitEnd(long nanos) throws InterruptedException {
        return ended.await(nanos, TimeUnit.NANOSECONDS);
    }

    Order order() {
        return order;
    }

    Map<String, Object> document() {
        return progress.document(order);
    }

    private void run(@Nullable Pipeline before) {
        try {
            if (before != null) {
                before.stop();
                before.ended.await();
            }
            if (order.paused()) {
                progress.is(State.PAUSED, null);
                stop.await();
            } else {
                work();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (progress.state() != State.FAILED) {
                progress.is(State.STOPPED, null);
            }
            ended.countDown();
        }
    }

    private void work() throws InterruptedException {
        long backoff = 250;
        while (stop.getCount() > 0) {
            try (Session session = Session.open(settings, order, progress, threads)) {
                if (session == null) {
                    if (stop.await(1, TimeUnit.SECONDS)) {
                        return;
                    }
                    continue;
                }
                log.atInfo().addKeyValue("subject", order).log("A pipeline reads");
                while (stop.getCount() > 0) {
                    session.cycle(() -> stop.getCount() == 0);
                    backoff = 250;
                    refusedSince = 0;
                }
            } catch (CannotGoOn e) {
                fail(String.valueOf(e.getMessage()));
                return;
            } catch (Overtaken e) {
                log.atInfo().addKeyValue("subject", order).log(String.valueOf(e.getMessage()));
                if (e.isForGood()) {
                    return;
                }
            } catch (OffsetOutOfRangeException e) {
                fail("Records are gone from the topic before they were read: it was at "
                        + e.offsetOutOfRangePartitions() + ". Restart the pipeline from a position.");
                return;
            } catch (NotAuthorizedException | ForbiddenException e) {
                if (refusedForGood()) {
                    fail("The catalog refuses its owner: " + oneLine(e));
                    return;
                }
                retry(e);
            } catch (Exception e) {
                retry(e);
            }
            if (stop.await(backoff, TimeUnit.MILLISECONDS)) {
                return;
            }
            backoff = Math.min(2 * backoff, LONGEST_BACKOFF_MILLIS);
        }
    }

    private boolean refusedForGood() {
        long now = System.nanoTime();
        if (refusedSince == 0) {
            refusedSince = now;
        }
        return now - refusedSince > REFUSED_FOR_GOOD_NANOS;
    }

    private void retry(Exception failure) {
        log.atWarn().addKeyValue("subject", order).setCause(failure).log("A pipeline waits, then tries again");
        progress.retrying(oneLine(failure));
    }

    private void fail(String why) {
        log.atWarn().addKeyValue("subject", order).addKeyValue("because", why).log("A pipeline cannot go on");
        progress.is(State.FAILED, why);
    }

    private static String oneLine(Exception failure) {
        String text = failure.getMessage() == null
                ? failure.getClass().getSimpleName()
                : failure.getMessage().lines().findFirst().orElse("");
        return text.length() > 500 ? text.substring(0, 500) + "…" : text;
    }
}
