package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Against a log whose consumers read a record when the test says so. */
class SharedStreamsTest {

    private static final TopicPartition TOPIC = new TopicPartition("fjord.core.events", 0);

    /** The offsets of all records there are; some are missing, as in a compacted topic. */
    private final List<Long> log = new ArrayList<>();

    private final List<Consumer> consumers = new ArrayList<>();
    private final SharedStreams streams = new SharedStreams((partition, from, listener) -> {
        assertThat(partition).isEqualTo(TOPIC);
        Consumer consumer = new Consumer(from, listener);
        consumers.add(consumer);
        return consumer;
    });

    private final class Consumer implements RecordStream {
        private final Listener listener;
        private long next;
        private long asked;
        private boolean anew;

        Consumer(long from, Listener listener) {
            this.next = from;
            this.listener = listener;
        }

        @Override
        public void request(long records) {
            assertThat(records).isPositive();
            asked += records;
        }

        @Override
        public Future<Void> close() {
            consumers.remove(this);
            return Future.succeededFuture();
        }

        boolean reads() {
            if (anew) {
                next = 0;
                anew = false;
            }
            if (asked == 0) {
                return false;
            }
            int at = Collections.binarySearch(log, next);
            if (at < 0) {
                at = -at - 1;
            }
            if (at == log.size()) {
                return false;
            }
            long offset = log.get(at);
            next = offset + 1;
            asked--;
            listener.onRecord(new ConsumerRecord<>(TOPIC.topic(), 0, offset, "key", new byte[10]));
            return true;
        }

        void fails() {
            consumers.remove(this);
            listener.onFailure(new IllegalStateException("broker gone"));
        }
    }

    private final class Reader implements SharedStreams.Listener {
        private final long from;
        private final RecordStream stream;
        private final List<Long> seen = new ArrayList<>();
        private int failures;
        private boolean asksForEach;

        Reader(long from) {
            this.from = from;
            this.stream = streams.open(TOPIC, from, this);
        }

        @Override
        public void onRecord(SharedRecord record) {
            assertThat(failures).isZero();
            seen.add(record.offset());
            if (asksForEach) {
                stream.request(1);
            }
        }

        @Override
        public void onFailure(Throwable failure) {
            failures++;
        }

        long next() {
            return seen.isEmpty() ? from : seen.get(seen.size() - 1) + 1;
        }
    }

    private void records(long from, long until) {
        LongStream.range(from, until).forEach(log::add);
    }

    private void readAll() {
        boolean more = true;
        while (more) {
            more = false;
            for (Consumer consumer : List.copyOf(consumers)) {
                more |= consumer.reads();
            }
        }
    }

    @Test
    void nothing_is_read_before_it_is_asked_for() {
        records(0, 10);
        Reader reader = new Reader(0);
        assertThat(consumers).isEmpty();
        reader.stream.request(3);
        readAll();
        assertThat(reader.seen).containsExactly(0L, 1L, 2L);
        reader.stream.request(1);
        readAll();
        assertThat(reader.seen).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void who_reads_the_same_shares_a_consumer() {
        records(0, 10);
        List<Reader> readers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Reader reader = new Reader(i % 2 == 0 ? 0 : 7);
            reader.asksForEach = true;
            reader.stream.request(100);
            readers.add(reader);
        }
        assertThat(consumers).hasSize(2);
        readAll();
        assertThat(consumers).hasSize(1);
        records(10, 5_000);
        readAll();
        assertThat(readers)
                .allSatisfy(reader ->
                        assertThat(reader.seen).containsExactlyElementsOf(log.subList((int) reader.from, log.size())));
        readers.forEach(reader -> reader.stream.close());
        assertThat(consumers).isEmpty();
    }

    @Test
    void who_falls_behind_holds_nobody_up_and_comes_back() {
        records(0, 5_000);
        Reader fast = new Reader(0);
        Reader slow = new Reader(0);
        fast.stream.request(10_000);
        slow.stream.request(5);
        readAll();
        assertThat(fast.seen).hasSize(5_000);
        assertThat(slow.seen).hasSize(5);
        slow.stream.request(10);
        assertThat(consumers).hasSize(2);
        readAll();
        assertThat(slow.seen).hasSize(15);
        slow.stream.request(10_000);
        readAll();
        assertThat(slow.seen).containsExactlyElementsOf(log);
        assertThat(consumers).hasSize(1);
    }

    @Test
    void a_consumer_that_fails_ends_the_streams_it_served() {
        records(0, 10);
        Reader one = new Reader(0);
        Reader other = new Reader(0);
        one.stream.request(100);
        other.stream.request(100);
        readAll();
        consumers.get(0).fails();
        assertThat(List.of(one.failures, other.failures)).containsExactly(1, 1);
        one.stream.request(5);
        one.stream.close();
        assertThat(consumers).isEmpty();
        Reader again = new Reader(one.next());
        again.stream.request(100);
        records(10, 12);
        readAll();
        assertThat(again.seen).containsExactly(10L, 11L);
    }

    @Test
    void a_topic_that_was_made_anew_is_read_from_its_beginning() {
        records(0, 10);
        Reader reader = new Reader(0);
        Reader behind = new Reader(0);
        reader.stream.request(100);
        behind.stream.request(2);
        readAll();
        log.clear();
        records(0, 3);
        consumers.get(0).anew = true;
        behind.stream.request(100);
        readAll();
        assertThat(reader.seen.subList(10, 13)).containsExactly(0L, 1L, 2L);
        assertThat(behind.seen).endsWith(0L, 1L, 2L);
    }

    /** Whatever readers, consumers and the log do in whatever order: each reader sees all there is from where it began, once. */
    @Test
    void everybody_sees_everything_once_and_in_order() {
        int together = 0;
        for (int seed = 0; seed < 30; seed++) {
            together += new SharedStreamsTest().anyOrder(new Random(seed));
        }
        assertThat(together).isGreaterThan(5_000);
    }

    private int anyOrder(Random random) {
        List<Reader> readers = new ArrayList<>();
        List<Reader> all = new ArrayList<>();
        long end = random.nextInt(400);
        records(0, end);
        int together = 0;
        for (int step = 0; step < 400; step++) {
            switch (random.nextInt(12)) {
                case 0 -> {
                    if (readers.size() < 8) {
                        Reader reader = new Reader(random.nextBoolean() ? 0 : random.nextInt((int) end + 1));
                        reader.asksForEach = random.nextInt(4) == 0;
                        readers.add(reader);
                        all.add(reader);
                    }
                }
                case 1, 2 -> {
                    if (!readers.isEmpty()) {
                        readers.get(random.nextInt(readers.size())).stream.request(1 + random.nextInt(200));
                    }
                }
                case 3 -> {
                    long more = end + random.nextInt(300);
                    for (long offset = end; offset < more; offset++) {
                        if (random.nextInt(20) > 0) {
                            log.add(offset);
                        }
                    }
                    end = more;
                }
                case 4 -> {
                    if (random.nextInt(20) == 0 && !readers.isEmpty()) {
                        readers.remove(random.nextInt(readers.size())).stream.close();
                    }
                }
                case 5 -> {
                    if (random.nextInt(30) == 0 && !consumers.isEmpty()) {
                        consumers.get(random.nextInt(consumers.size())).fails();
                        for (Reader failed : List.copyOf(readers)) {
                            if (failed.failures > 0) {
                                readers.remove(failed);
                                Reader again = new Reader(failed.next());
                                readers.add(again);
                                all.add(again);
                            }
                        }
                    }
                }
                default -> {
                    for (int i = random.nextInt(60); i > 0 && !consumers.isEmpty(); i--) {
                        consumers.get(random.nextInt(consumers.size())).reads();
                    }
                }
            }
            together += Math.max(0, readers.size() - consumers.size());
        }
        readers.forEach(reader -> reader.stream.request(1_000_000));
        readAll();
        log.add(end);
        readAll();
        assertThat(consumers).hasSizeLessThanOrEqualTo(1);
        assertThat(readers).allSatisfy(reader -> assertThat(reader.next()).isEqualTo(log.get(log.size() - 1) + 1));
        assertThat(all).allSatisfy(reader -> assertThat(reader.failures).isLessThanOrEqualTo(1));
        assertThat(all)
                .allSatisfy(reader -> assertThat(reader.seen)
                        .containsExactlyElementsOf(log.stream()
                                .filter(offset -> offset >= reader.from && offset < reader.next())
                                .toList()));
        readers.forEach(reader -> reader.stream.close());
        assertThat(consumers).isEmpty();
        return together;
    }
}
