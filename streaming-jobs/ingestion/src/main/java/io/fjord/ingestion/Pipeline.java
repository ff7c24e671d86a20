package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.ingestion.Progress.State;
import io.fjord.ingestion.capture.Capture;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
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

    /** About five minutes. */
    private static final int RELEASE_TRIES = 24;

    /** So long a refusal may be one of a control plane that has not read yet who may what. */
    private static final long REFUSED_FOR_GOOD_NANOS = Duration.ofSeconds(30).toNanos();

    private static final long UNREACHED_FOR_GOOD_NANOS = Duration.ofSeconds(150).toNanos();

    private final Settings settings;
    private final Order order;
    private final Engine engine;
    private final Progress progress = new Progress();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final long createdAt = System.nanoTime();
    private boolean opened;
    private long refusedSince;

    Pipeline(Settings settings, Order order, Engine engine) {
        this.settings = settings;
        this.order = order;
        this.engine = engine;
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
            if (order.release()) {
                release();
            } else if (order.paused()) {
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
            try (Session session = engine.open(settings, order, progress)) {
                if (session == null) {
                    if (stop.await(1, TimeUnit.SECONDS)) {
                        return;
                    }
                    continue;
                }
                opened = true;
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
                if (givesUp()) {
                    fail(oneLine(e));
                    return;
                }
                retry(e);
            }
            if (stop.await(backoff, TimeUnit.MILLISECONDS)) {
                return;
            }
            backoff = Math.min(2 * backoff, LONGEST_BACKOFF_MILLIS);
        }
    }

    /** Tried for some minutes: a database may be away for a while, and nobody looks after a pipeline that is deleted. */
    private void release() throws InterruptedException {
        long backoff = 1_000;
        for (int tries = 1; stop.getCount() > 0; tries++) {
            try {
                engine.release(settings, order);
                return;
            } catch (CannotGoOn e) {
                failRelease(String.valueOf(e.getMessage()));
                return;
            } catch (IOException | RuntimeException e) {
                retry(e);
                if (tries == RELEASE_TRIES) {
                    failRelease(oneLine(e));
                    return;
                }
            }
            if (stop.await(backoff, TimeUnit.MILLISECONDS)) {
                return;
            }
            backoff = Math.min(2 * backoff, LONGEST_BACKOFF_MILLIS);
        }
    }

    private void failRelease(String why) {
        DatabaseSource database = order.spec().source().database();
        String byHand = database == null ? "" : Capture.releaseByHand(database, order.id());
        fail(byHand.isEmpty() ? why : why + " To be run there by hand: " + byHand);
    }

    /** A database that was never reached is a wrong address rather than one that is away; the operator waits not much longer. */
    private boolean givesUp() {
        return !opened
                && order.spec().source().database() != null
                && System.nanoTime() - createdAt > UNREACHED_FOR_GOOD_NANOS;
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
