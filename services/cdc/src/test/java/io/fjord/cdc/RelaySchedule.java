package io.fjord.cdc;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * One simulated run of the relay: a journal that grows, a stream that brings it, repeats, drops and delays, a broker that
 * fails in every way, relays that die and wake up as zombies; the seed decides the order of everything. Ends with a check of
 * what was promised.
 */
final class RelaySchedule {

    private static final String SERVICE = "simulated";

    /** What a developer could get wrong: put between the feed and its ports. */
    record Bug(UnaryOperator<JournalSource> journal, UnaryOperator<EventLog> log) {
        static final Bug NONE = new Bug(real -> real, real -> real);
    }

    private final Random random;
    private final Bug bug;
    private final boolean tailsAreLost;
    private final MemoryJournal journal = new MemoryJournal(SERVICE);
    private final MemoryTopic topic;
    private final List<Process> zombies = new ArrayList<>();
    private Process relay;

    /** Where the stream is; what is before it has been brought or dropped. */
    private int streamed;

    private boolean calm;

    RelaySchedule(long seed, Bug bug) {
        this.random = new Random(seed);
        this.bug = bug;
        this.tailsAreLost = random.nextInt(3) == 0;
        this.topic = new MemoryTopic(random);
        this.relay = new Process();
    }

    /** @return what was promised and does not hold; empty if all does */
    List<String> run() throws InterruptedException {
        for (int turns = 80 + random.nextInt(200); turns > 0; turns--) {
            turn();
        }
        calm = true;
        topic.calmDown();
        zombies.clear();
        if (random.nextBoolean()) {
            relay.log.die();
            relay = new Process();
        }
        // Whether the stream is up or not: nothing of what is missing depends on it.
        for (int looks = 0; looks < 12; looks++) {
            relay.does(() -> relay.tend(looksAreEager()));
        }
        return faults();
    }

    private boolean looksAreEager() {
        return random.nextBoolean();
    }

    private void turn() throws InterruptedException {
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> journal.append(1 + random.nextInt(4));
            case 5, 6, 7, 8, 9 -> relay.does(this::streamToTheRelay);
            case 10 -> streamed = Math.max(0, streamed - random.nextInt(8));
            case 11 -> streamed += random.nextInt(1 + journal.events().size() - streamed);
            case 12, 13, 14 -> {
                boolean eager = random.nextInt(3) == 0;
                relay.does(() -> relay.tend(eager));
            }
            case 15 -> topic.landALateRequest();
            case 16 -> {
                if (random.nextInt(3) == 0) {
                    relay.log.die();
                    relay = new Process();
                }
            }
            case 17 -> {
                if (random.nextInt(3) == 0) {
                    relay.log.loseTheLease();
                    zombies.add(relay);
                    relay = new Process();
                }
            }
            case 18 -> wakeAZombie();
            default -> {
                if (tailsAreLost && random.nextInt(4) == 0) {
                    topic.loseAllButTheFirst(random.nextInt(1 + topic.entries().size()));
                }
            }
        }
    }

    private void streamToTheRelay() throws InterruptedException {
        relay.deliver(nextOfTheStream());
    }

    private List<EventEnvelope<byte[]>> nextOfTheStream() {
        int to = Math.min(journal.events().size(), streamed + 1 + random.nextInt(6));
        List<EventEnvelope<byte[]>> batch = List.copyOf(journal.events().subList(streamed, to));
        streamed = to;
        return batch;
    }

    /** It was in the midst of something when it was paused, and ends that before it sees that its lease is gone. */
    private void wakeAZombie() throws InterruptedException {
        if (zombies.isEmpty()) {
            return;
        }
        Process zombie = zombies.remove(random.nextInt(zombies.size()));
        int from = random.nextInt(1 + journal.events().size());
        int to = Math.min(journal.events().size(), from + 1 + random.nextInt(6));
        boolean stream = random.nextBoolean();
        zombie.does(() -> {
            if (stream) {
                zombie.deliver(journal.events().subList(from, to));
            } else {
                zombie.tend(true);
            }
        });
        zombie.log.die();
    }

    private interface Step {
        void take() throws InterruptedException;
    }

    /** A relay with the lease, as far as it knows. */
    private final class Process {

        final MemoryTopic.Client log = topic.connect();
        final Feed feed = new Feed(
                SERVICE,
                bug.journal().apply(new Flaky()),
                bug.log().apply(log),
                new RelayMetrics(new SimpleMeterRegistry(), Set.of(SERVICE)),
                Duration.ZERO);

        void does(Step step) throws InterruptedException {
            try {
                step.take();
            } catch (MemoryTopic.Died e) {
                log.die();
                if (this == relay) {
                    relay = new Process();
                }
            }
        }

        void tend(boolean eager) throws InterruptedException {
            Position end = journal.end(SERVICE);
            Long topicEnd =
                    calm || random.nextInt(3) == 0 ? (long) topic.entries().size() : null;
            if (!calm && random.nextInt(4) == 0) {
                // Between the questions and the look.
                journal.append(1);
                deliver(nextOfTheStream());
            }
            feed.tend(eager, random.nextInt(4) != 0 || calm, end, topicEnd);
        }

        void deliver(List<EventEnvelope<byte[]>> events) throws InterruptedException {
            for (EventEnvelope<byte[]> event : events) {
                feed.offer(event);
            }
            feed.settle();
        }
    }

    private final class Flaky implements JournalSource {

        private void maybeFail() {
            if (!calm && random.nextInt(25) == 0) {
                throw new JournalUnreachable(new IllegalStateException("by chance"));
            }
        }

        @Override
        public Position end(String service) {
            maybeFail();
            return journal.end(service);
        }

        @Override
        public Optional<String> idAt(String service, Position position) {
            maybeFail();
            return journal.idAt(service, position);
        }

        @Override
        public List<EventEnvelope<byte[]>> after(String service, Position position, int limit) {
            maybeFail();
            return journal.after(service, position, 1 + random.nextInt(7));
        }
    }

    private List<String> faults() {
        List<String> faults = new ArrayList<>();
        Position at = Position.START;
        Set<Position> written = new HashSet<>();
        for (MemoryTopic.Entry entry : topic.entries()) {
            Position next = entry.event().position();
            if (next.equals(at.next())) {
                at = next;
            } else if (next.isAfter(at) && !tailsAreLost) {
                // Where a topic loses its end under a relay that is writing, the first request after it stands behind a
                // hole: that is written again from the hole on, and readers have their journal for it anyway.
                faults.add(next + " stands behind " + at);
            }
            // Once each, but for what a relay sent that then gave up or had lost its lease: nobody can call that back.
            if (!entry.astray() && !written.add(next) && !tailsAreLost) {
                faults.add(next + " was written again");
            }
        }
        if (!at.equals(journal.end(SERVICE))) {
            faults.add("the topic is whole up to " + at + ", the journal up to " + journal.end(SERVICE));
        }
        relay.feed.trouble().ifPresent(faults::add);
        Position announced = topic.announced().isEmpty()
                ? Position.START
                : topic.announced().get(topic.announced().size() - 1);
        if (!announced.equals(journal.end(SERVICE))) {
            faults.add("announced was " + announced + ", the journal ends at " + journal.end(SERVICE));
        }
        return faults;
    }
}
