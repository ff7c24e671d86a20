package io.fjord.platform.kafka;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Streams of single partitions, which the readers of a process share: a control plane follows the same few topics from dozens of
 * views, and a consumer for each would ask the broker twice a second whether there is something new.
 *
 * <p>Readers that are close to each other are served by one consumer, with a window of what it read last. Who falls behind the window
 * holds nobody up: when it asks again it gets a consumer of its own, from where it is, until that has come to where another is.
 */
final class SharedStreams {

    /** Makes a stream that is not shared. */
    interface Source {
        RecordStream open(TopicPartition partition, long from, RecordStream.Listener listener);
    }

    interface Listener {

        /** Told on a thread that others wait for, too. */
        void onRecord(SharedRecord record);

        /** The stream has ended; nothing follows. */
        void onFailure(Throwable failure);
    }

    /** Of what all readers have seen, for those that are yet to come. */
    private static final int KEPT = 100;
    /** Of what some reader has not seen. */
    private static final int MOST_RECORDS = 1_500;

    private static final long MOST_BYTES = 2 * 1024 * 1024;
    private static final long MOST_AHEAD = 500;

    private static final Map<KafkaConfig, SharedStreams> OF_PROCESS = new ConcurrentHashMap<>();

    private final Source source;
    private final Map<TopicPartition, Shared> partitions = new ConcurrentHashMap<>();

    SharedStreams(Source source) {
        this.source = source;
    }

    /** Those to one cluster. */
    static SharedStreams of(KafkaConfig config) {
        return OF_PROCESS.computeIfAbsent(
                config,
                one -> new SharedStreams(
                        (partition, from, listener) -> RecordStream.open(one, Map.of(partition, from), listener)));
    }

    /** As {@link RecordStream#open}. */
    RecordStream open(TopicPartition partition, long from, Listener listener) {
        Shared shared = partitions.computeIfAbsent(partition, Shared::new);
        return shared.new Reader(from, listener);
    }

    /** All of a partition; guarded by itself. What is asked of a consumer is asked without the lock, for it may answer at once. */
    private final class Shared {

        private final TopicPartition partition;
        private final List<Run> runs = new ArrayList<>();

        Shared(TopicPartition partition) {
            this.partition = partition;
        }

        private void join(Reader reader) {
            Run found = null;
            for (Run run : runs) {
                if (run.first <= reader.next && reader.next <= run.next) {
                    found = run;
                    break;
                }
            }
            if (found == null) {
                found = new Run(reader.next);
                runs.add(found);
                found.stream = source.open(partition, reader.next, found);
            }
            reader.run = found;
            found.readers.add(reader);
        }

        private void ask() {
            Map<RecordStream, Long> wanted = new LinkedHashMap<>();
            synchronized (this) {
                for (Run run : runs) {
                    long more = run.wanted();
                    if (more > 0 && run.stream != null) {
                        run.asked += more;
                        wanted.put(run.stream, more);
                    }
                }
            }
            wanted.forEach(RecordStream::request);
        }

        /** One consumer, and those it serves. */
        private final class Run implements RecordStream.Listener {

            private @Nullable RecordStream stream;
            private final Set<Reader> readers = new LinkedHashSet<>();
            /** All there is from {@code first} to before {@code next}, by offset. */
            private final TreeMap<Long, SharedRecord> window = new TreeMap<>();

            private long first;
            private long next;
            private long bytes;
            private long asked;
            private boolean over;

            Run(long from) {
                first = from;
                next = from;
            }

            @Override
            public void onRecord(ConsumerRecord<String, byte[]> record) {
                synchronized (Shared.this) {
                    asked--;
                    if (over) {
                        return;
                    }
                    if (record.offset() < next) {
                        // The topic was made anew, and the consumer began with its beginning.
                        window.clear();
                        bytes = 0;
                        first = record.offset();
                        readers.forEach(reader -> reader.next = first);
                    }
                    window.put(record.offset(), new SharedRecord(record));
                    bytes += size(record);
                    next = record.offset() + 1;
                    List.copyOf(readers).forEach(this::give);
                    trim();
                    if (!over) {
                        meet();
                    }
                }
                ask();
            }

            @Override
            public void onFailure(Throwable failure) {
                List<Reader> told;
                synchronized (Shared.this) {
                    if (over) {
                        return;
                    }
                    over = true;
                    runs.remove(this);
                    told = List.copyOf(readers);
                    told.forEach(reader -> reader.closed = true);
                }
                told.forEach(reader -> reader.listener.onFailure(failure));
            }

            /** As much as it has asked for of what is here; behind the window it goes elsewhere. */
            private void give(Reader reader) {
                if (reader.giving) {
                    return;
                }
                reader.giving = true;
                try {
                    while (reader.run == this && !reader.closed && reader.wanted > 0 && reader.next < next) {
                        if (reader.next < first) {
                            leave(reader);
                            join(reader);
                            break;
                        }
                        var found = window.ceilingEntry(reader.next);
                        if (found == null) {
                            reader.next = next;
                            break;
                        }
                        reader.next = found.getKey() + 1;
                        reader.wanted--;
                        reader.listener.onRecord(found.getValue());
                    }
                } finally {
                    reader.giving = false;
                }
                Run now = reader.run;
                if (now != null && now != this) {
                    now.give(reader);
                }
            }

            private void leave(Reader reader) {
                readers.remove(reader);
                reader.run = null;
            }

            private void trim() {
                long seen = next;
                for (Reader reader : readers) {
                    seen = Math.min(seen, reader.next);
                }
                while (window.size() > KEPT
                        && (window.firstKey() < seen || window.size() > MOST_RECORDS || bytes > MOST_BYTES)) {
                    var oldest = window.pollFirstEntry();
                    bytes -= size(oldest.getValue().record());
                    first = oldest.getKey() + 1;
                }
                if (seen < first) {
                    List.copyOf(readers).stream()
                            .filter(reader -> reader.next < first)
                            .forEach(this::leave);
                }
                closeIfUnused();
            }

            /** Whether another run has been here: then it serves the readers of both. */
            private void meet() {
                for (Run other : runs) {
                    if (other == this || next < other.first || next > other.next) {
                        continue;
                    }
                    long behind = other.first;
                    if (readers.stream().anyMatch(reader -> reader.next < behind)) {
                        continue;
                    }
                    List<Reader> moved = List.copyOf(readers);
                    for (Reader reader : moved) {
                        leave(reader);
                        reader.run = other;
                        other.readers.add(reader);
                    }
                    closeIfUnused();
                    moved.forEach(other::give);
                    return;
                }
            }

            private Future<Void> closeIfUnused() {
                if (over || !readers.isEmpty()) {
                    return Future.succeededFuture();
                }
                over = true;
                runs.remove(this);
                return stream == null ? Future.succeededFuture() : stream.close();
            }

            /**
             * How many more to ask for: as many as the reader that wants most of what is not here. Not one for each that comes, for
             * each time the consumer is woken.
             */
            private long wanted() {
                long most = 0;
                for (Reader reader : readers) {
                    if (reader.next == next) {
                        most = Math.max(most, reader.wanted);
                    }
                }
                long more = Math.min(most, MOST_AHEAD) - asked;
                return asked == 0 || more >= MOST_AHEAD / 2 ? more : 0;
            }
        }

        /** One reader's end of it. */
        private final class Reader implements RecordStream {

            private final SharedStreams.Listener listener;
            private long next;
            private long wanted;
            private boolean giving;
            private boolean closed;
            /** Null while it has asked for nothing that is within reach. */
            private @Nullable Run run;

            Reader(long from, SharedStreams.Listener listener) {
                this.next = from;
                this.listener = listener;
            }

            @Override
            public void request(long records) {
                synchronized (Shared.this) {
                    if (closed) {
                        return;
                    }
                    wanted += records;
                    if (giving) {
                        return;
                    }
                    if (run == null) {
                        join(this);
                    }
                    Run joined = run;
                    if (joined != null) {
                        joined.give(this);
                    }
                }
                ask();
            }

            @Override
            public Future<Void> close() {
                synchronized (Shared.this) {
                    closed = true;
                    Run left = run;
                    if (left == null) {
                        return Future.succeededFuture();
                    }
                    left.leave(this);
                    return left.closeIfUnused();
                }
            }
        }
    }

    private static long size(ConsumerRecord<String, byte[]> record) {
        return Math.max(0, record.serializedValueSize()) + 200L;
    }
}
