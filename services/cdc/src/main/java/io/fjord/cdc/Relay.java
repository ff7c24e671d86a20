package io.fjord.cdc;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only producer of event topics: under a lease, a stream of the journals' rows and one {@link Feed} per service.
 *
 * <p>It is one thread that tends all of it, every second; another publishes what the stream brings in between. If the stream
 * is down the events still flow, in looks at the journals.
 */
final class Relay implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(Relay.class);

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration EAGER_LOOK = Duration.ofMillis(100);
    private static final Duration SETTLED = Duration.ofSeconds(5);
    private static final int DEAF = 5;
    private static final Duration SILENCE = Duration.ofSeconds(15);
    private static final int MOST_AT_ONCE = 2_000;

    private final RelayConfig config;
    private final JournalDatabase database;
    private final RelayMetrics metrics;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    private final Object feedsLock = new Object();
    private volatile @Nullable String waiting = "The relay has not started yet";
    private volatile List<String> troubles = List.of();
    private volatile boolean streaming;

    Relay(RelayConfig config, MeterRegistry registry) {
        this.config = config;
        this.database = JournalDatabase.at(config.database());
        this.metrics = new RelayMetrics(registry, config.services());
    }

    /** Why not all events flow: one sentence, or empty. */
    Optional<String> notReady() {
        String why = waiting;
        if (why != null) {
            return Optional.of(why);
        }
        return troubles.stream().findFirst();
    }

    /** Whether the stream is up, so that events do not wait for the next look. */
    boolean isStreaming() {
        return streaming;
    }

    /** @throws Misconfigured if the server is set so that nothing can be streamed */
    void check() {
        try (JournalTables journal = new JournalTables(database)) {
            journal.check();
        }
    }

    /** Ends the loop; returns when it has ended or half a minute has passed. */
    void stop() throws InterruptedException {
        stop.countDown();
        if (!ended.await(30, TimeUnit.SECONDS)) {
            log.atWarn().log("The relay did not stop in time");
        }
    }

    @Override
    public void run() {
        try {
            Backoff backoff = new Backoff();
            while (!stopped()) {
                try {
                    holdTheLease(backoff);
                } catch (SQLException | ExecutionException | RuntimeException e) {
                    waitFor(e);
                }
                pause(backoff.next());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    private void waitFor(Exception e) {
        Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        String why = e instanceof Misconfigured ? String.valueOf(e.getMessage()) : "The relay waits: " + cause;
        if (!why.equals(waiting)) {
            boolean expected = e instanceof SQLException
                    || e instanceof JournalSource.JournalUnreachable
                    || cause instanceof KafkaException;
            if (e instanceof Misconfigured) {
                log.atError().log(why);
            } else if (expected) {
                log.atWarn().log(why);
            } else {
                log.atError().setCause(e).log(why);
            }
        }
        waiting = why;
    }

    private void holdTheLease(Backoff backoff) throws SQLException, InterruptedException, ExecutionException {
        Optional<Lease> lease = Lease.take(database);
        if (lease.isEmpty()) {
            if (!"Another relay is at work".equals(waiting)) {
                log.atInfo().log("Another relay is at work; this one waits for its turn");
            }
            waiting = "Another relay is at work";
            backoff.reset();
            return;
        }
        try (Lease held = lease.get();
                JournalTables journal = new JournalTables(database);
                JournalTables looks = new JournalTables(database);
                EventTopics topics = new EventTopics(config.kafka(), config.services())) {
            journal.check();
            topics.create();
            waiting = null;
            backoff.reset();
            new Session(held, journal, looks, topics).work();
        } finally {
            if (waiting == null) {
                waiting = "The relay lost its lease";
            }
        }
    }

    /** The time from getting the lease to losing it. */
    private final class Session {
        final Lease lease;
        final JournalTables journal;
        final JournalTables looks;
        final EventTopics topics;
        final Map<String, Feed> feeds = new LinkedHashMap<>();

        /** Bounded: a broker that is slow slows the stream. */
        final BlockingQueue<EventEnvelope<byte[]>> streamed = new ArrayBlockingQueue<>(4 * MOST_AT_ONCE);

        final Backoff backoff = new Backoff();
        final Set<String> ready = new HashSet<>();

        @Nullable
        JournalStream stream;

        boolean streamedBefore;
        long restartAt = System.nanoTime();
        long pollingSince;
        int rounds;
        volatile boolean over;

        /** @param looks a connection of its own, for what is asked beside the stream */
        Session(Lease lease, JournalTables journal, JournalTables looks, EventTopics topics) {
            this.lease = lease;
            this.journal = journal;
            this.looks = looks;
            this.topics = topics;
            for (String service : config.services()) {
                feeds.put(service, new Feed(service, journal, topics, metrics, config.highWater()));
            }
        }

        void work() throws InterruptedException {
            Thread publisher = new Thread(this::publishUntilClosed, "relay-publisher");
            publisher.setDaemon(true);
            publisher.start();
            try {
                while (!stopped() && !lease.isLost()) {
                    tendFeeds();
                    tendStream();
                    pause(isEager() ? EAGER_LOOK : LOOK);
                }
            } finally {
                streaming = false;
                over = true;
                JournalStream last = stream;
                if (last != null) {
                    last.close();
                }
                publisher.interrupt();
                publisher.join();
            }
        }

        /** Until the stream is known to bring everything. */
        boolean isEager() {
            JournalStream current = stream;
            return current == null || !current.isPolling() || System.nanoTime() - pollingSince < SETTLED.toNanos();
        }

        void tendFeeds() throws InterruptedException {
            boolean eager = isEager();
            boolean idle = streamed.isEmpty();
            // Asked before the feeds are locked, so that the stream does not wait for answers.
            findReady();
            Map<String, Position> ends = new HashMap<>();
            ready.forEach(service -> ends.put(service, looks.end(service)));
            Map<String, Long> topicEnds = topicEnds();
            synchronized (feedsLock) {
                for (Feed feed : feeds.values()) {
                    Position end = ends.get(feed.service());
                    if (end == null) {
                        feed.absent();
                    } else {
                        feed.tend(eager, idle, end, topicEnds.get(Topics.events(feed.service())));
                    }
                }
            }
            troubles = feeds.values().stream()
                    .flatMap(feed -> feed.trouble().stream())
                    .toList();
        }

        private void findReady() {
            if (ready.size() < feeds.size()) {
                ready.addAll(looks.ready(feeds.keySet()));
            }
        }

        /** Asked every few seconds only: a broker that loses what it acknowledged is rare. */
        private Map<String, Long> topicEnds() {
            if (++rounds % 5 != 0) {
                return Map.of();
            }
            try {
                return topics.endOffsets();
            } catch (KafkaException e) {
                return Map.of();
            }
        }

        void tendStream() {
            JournalStream current = stream;
            streaming = current != null && current.isPolling();
            if (current != null && (current.isOver() || isDeaf(current))) {
                log.atWarn()
                        .addKeyValue("why", current.isOver() ? current.failure() : "it brings nothing")
                        .log("The stream of the journals is started again; events are read from the tables meanwhile");
                metrics.restarted();
                current.close();
                stream = null;
                pollingSince = 0;
                restartAt = System.nanoTime() + backoff.next().toNanos();
            } else if (current != null && current.isPolling() && pollingSince == 0) {
                pollingSince = System.nanoTime();
            } else if (current != null && !isEager()) {
                backoff.reset();
            } else if (current == null && !ready.isEmpty() && System.nanoTime() >= restartAt) {
                startStream();
            }
        }

        private boolean isDeaf(JournalStream current) {
            return current.silentFor().compareTo(SILENCE) > 0
                    && feeds.values().stream().anyMatch(feed -> feed.stalls() >= DEAF);
        }

        private void startStream() {
            looks.prepareStream(streamedBefore || feeds.values().stream().anyMatch(Feed::hasPublished))
                    .ifPresent(lost -> {
                        log.atWarn().log(lost + " The journals fill what it would have brought.");
                        metrics.slotLost();
                    });
            streamedBefore = true;
            stream = JournalStream.start(database, feeds.keySet(), this::bring);
        }

        /** On the stream's thread. */
        private void bring(EventEnvelope<byte[]> event) throws InterruptedException {
            boolean taken = false;
            while (!taken && !over) {
                taken = streamed.offer(event, 100, TimeUnit.MILLISECONDS);
            }
        }

        /** Publishes what the stream brings: all that came while the broker took the last of it. */
        private void publishUntilClosed() {
            List<EventEnvelope<byte[]>> events = new ArrayList<>();
            try {
                while (true) {
                    events.add(streamed.take());
                    streamed.drainTo(events, MOST_AT_ONCE - 1);
                    publish(events);
                    events.clear();
                }
            } catch (InterruptedException e) {
                // The session is over. What was not published is in the journal.
            }
        }

        private void publish(List<EventEnvelope<byte[]>> events) throws InterruptedException {
            synchronized (feedsLock) {
                if (!lease.isTrusted()) {
                    // Another may be at work by now.
                    return;
                }
                Set<Feed> touched = new HashSet<>();
                for (EventEnvelope<byte[]> event : events) {
                    Feed feed = feeds.get(event.source());
                    if (feed != null) {
                        feed.offer(event);
                        touched.add(feed);
                    }
                }
                for (Feed feed : touched) {
                    feed.settle();
                }
            }
        }
    }

    /** 100 ms, doubled each time up to ten seconds. */
    private static final class Backoff {
        private long millis = 100;

        Duration next() {
            Duration now = Duration.ofMillis(millis);
            millis = Math.min(millis * 2, 10_000);
            return now;
        }

        void reset() {
            millis = 500;
        }
    }

    private boolean stopped() {
        return stop.getCount() == 0;
    }

    private void pause(Duration time) throws InterruptedException {
        boolean stopping = stop.await(time.toMillis(), TimeUnit.MILLISECONDS);
        if (stopping) {
            log.atDebug().log("Stopping");
        }
    }
}
