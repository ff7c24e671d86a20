package io.fjord.cdc;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * A topic of one partition in memory, as an idempotent producer with one request under way meets it: a request lands whole or
 * not at all, may land without an answer, and may land long after its sender gave up or died.
 */
final class MemoryTopic {

    private static final TopicPartition PARTITION = new TopicPartition("memory", 0);

    /**
     * @param producer who wrote it, and its number among what that one wrote
     * @param astray written when its sender had given up on it, or had lost its lease
     */
    record Entry(EventEnvelope<byte[]> event, int producer, int number, boolean astray) {}

    /** Records that are written together. */
    private record Request(int producer, List<Pending> records) {}

    private static class Pending extends CompletableFuture<RecordMetadata> {
        final EventEnvelope<byte[]> event;
        final int number;

        Pending(EventEnvelope<byte[]> event, int number) {
            this.event = event;
            this.number = number;
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private final List<Request> onTheWire = new ArrayList<>();
    private final List<Position> announced = new ArrayList<>();
    private final Random random;
    private int producers;
    private boolean calm;

    /** @param random decides what fails */
    MemoryTopic(Random random) {
        this.random = random;
    }

    /** From now on nothing fails, and what was on the wire has landed or is gone. */
    void calmDown() {
        while (!onTheWire.isEmpty()) {
            landALateRequest();
        }
        calm = true;
    }

    List<Entry> entries() {
        return entries;
    }

    List<Position> announced() {
        return announced;
    }

    void loseAllButTheFirst(int kept) {
        entries.subList(Math.min(kept, entries.size()), entries.size()).clear();
    }

    void landALateRequest() {
        if (!onTheWire.isEmpty()) {
            Request late = onTheWire.remove(random.nextInt(onTheWire.size()));
            if (random.nextInt(4) != 0) {
                append(late, true);
            }
        }
    }

    private boolean chance(int oneIn) {
        return !calm && random.nextInt(oneIn) == 0;
    }

    /** @return where its first record stands, or -1 if the producer's numbers do not fit */
    private long append(Request request, boolean astray) {
        int last = -1;
        for (int offset = 0; offset < entries.size(); offset++) {
            Entry entry = entries.get(offset);
            if (entry.producer() == request.producer()) {
                if (entry.number() == request.records().get(0).number) {
                    return offset;
                }
                last = entry.number();
            }
        }
        // A broker that holds nothing of a producer takes any number of it.
        if (last >= 0 && request.records().get(0).number != last + 1) {
            return -1;
        }
        long at = entries.size();
        request.records()
                .forEach(record -> entries.add(new Entry(record.event, request.producer(), record.number, astray)));
        return at;
    }

    /** The topic as one relay has it; a client ends with its process. */
    final class Client implements EventLog {

        private final Deque<Pending> queue = new ArrayDeque<>();
        private int producer = producers++;
        private int sent;
        private boolean broken = true;
        private boolean leased = true;
        private boolean alive = true;

        /** Another relay has the lease now, and this one does not know. */
        void loseTheLease() {
            leased = false;
        }

        /** What is under way may still land. */
        void die() {
            alive = false;
            leaveOnTheWire();
        }

        private void leaveOnTheWire() {
            if (!queue.isEmpty() && !broken && chance(2)) {
                onTheWire.add(request());
            }
            queue.clear();
        }

        private Request request() {
            List<Pending> records = new ArrayList<>();
            for (int most = 1 + random.nextInt(5); most > 0 && !queue.isEmpty(); most--) {
                records.add(queue.remove());
            }
            return new Request(producer, records);
        }

        @Override
        public Last last(String service) {
            maybeDie();
            if (chance(15)) {
                throw new KafkaException("The broker is away");
            }
            if (broken) {
                startOver();
                broken = false;
            }
            Last last = Last.empty(entries.size());
            int from = Math.max(0, entries.size() - 200);
            for (Entry entry : entries.subList(from, entries.size())) {
                last = last.and(entry.event().position(), entry.event().id(), from > 0);
            }
            return last;
        }

        @Override
        public Future<RecordMetadata> send(EventEnvelope<byte[]> event) {
            maybeDie();
            if (broken) {
                return CompletableFuture.failedFuture(new KafkaException("a record before it failed"));
            }
            Pending pending = new Pending(event, sent++) {
                @Override
                public RecordMetadata get() throws InterruptedException, ExecutionException {
                    while (!isDone()) {
                        maybeDie();
                        exchange();
                    }
                    maybeDie();
                    return super.get();
                }
            };
            queue.add(pending);
            if (random.nextInt(3) == 0) {
                exchange();
            }
            return pending;
        }

        /** One request and its answer. */
        private void exchange() {
            if (queue.isEmpty()) {
                return;
            }
            Request request = request();
            if (chance(12)) {
                // Nobody knows whether it arrives.
                onTheWire.add(request);
                giveUp(request, "timed out");
                return;
            }
            if (chance(12)) {
                giveUp(request, "not leader");
                return;
            }
            long at = append(request, !leased);
            if (at < 0 || chance(12)) {
                giveUp(request, at < 0 ? "out of order" : "the answer was lost");
                return;
            }
            for (Pending record : request.records()) {
                record.complete(new RecordMetadata(PARTITION, at++, 0, 0, 0, 0));
            }
        }

        private void giveUp(Request request, String why) {
            broken = true;
            List<Pending> all = new ArrayList<>(request.records());
            all.addAll(queue);
            queue.clear();
            all.forEach(record -> record.completeExceptionally(new KafkaException(why)));
        }

        @Override
        public Future<RecordMetadata> announce(String service, Position position) {
            announced.add(position);
            return CompletableFuture.completedFuture(new RecordMetadata(PARTITION, 0, 0, 0, 0, 0));
        }

        @Override
        public void startOver() {
            leaveOnTheWire();
            producer = producers++;
            sent = 0;
            broken = true;
        }

        private void maybeDie() {
            if (!alive || chance(120)) {
                throw new Died();
            }
        }
    }

    /** The process is gone in the midst of what it did: nothing of it goes on, nothing is caught. */
    static final class Died extends Error {

        private static final long serialVersionUID = 1L;

        Died() {
            super("", null, false, false);
        }
    }

    Client connect() {
        return new Client();
    }

    /** For a test that wants no failures. */
    static MemoryTopic reliable() {
        MemoryTopic topic = new MemoryTopic(new Random(1));
        topic.calmDown();
        return topic;
    }
}
