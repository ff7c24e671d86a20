package io.fjord.platform.kafka;

import io.fjord.codec.Json;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.Topics;
import io.fjord.kernel.BrokenCommands;
import io.fjord.kernel.DeadLetter;
import io.fjord.kernel.DeadLetters;
import io.fjord.kernel.Partition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** The {@code .dlt} topics: records kept as they came, with why they are there and where they came from as headers. */
public final class DeadLetterLog implements DeadLetters, BrokenCommands, ParkedEvents {

    private static final String PROBLEM = "fjord-problem";
    private static final String ORIGIN_TOPIC = "fjord-origin-topic";
    private static final String ORIGIN_PARTITION = "fjord-origin-partition";
    private static final String ORIGIN_OFFSET = "fjord-origin-offset";
    private static final String PARKED_BY = "fjord-parked-by";
    private static final String RELEASED_BY = "fjord-released-by";

    private final RecordSender sender;
    private final TopicReader reader;

    public DeadLetterLog(Vertx vertx, KafkaConfig config) {
        this(vertx, config, new RecordSender(vertx, config));
    }

    /** With a sender shared with others; closing this closes it. */
    public DeadLetterLog(Vertx vertx, KafkaConfig config, RecordSender sender) {
        this.sender = sender;
        this.reader = new TopicReader(vertx, config);
    }

    @Override
    public Future<Void> add(Partition partition, long offset, CommandEnvelope<byte[]> command, Problem problem) {
        ProducerRecord<String, byte[]> record = KafkaMessages.toRecord(Topics.deadLetters(partition.topic()), command);
        return send(record, partition.topic(), partition.number(), offset, problem);
    }

    /** A record nobody can read, byte for byte. */
    public Future<Void> addUnreadable(ConsumerRecord<String, byte[]> record, Problem problem) {
        List<Header> headers = new ArrayList<>();
        record.headers().forEach(headers::add);
        return send(
                new ProducerRecord<>(
                        Topics.deadLetters(record.topic()), null, null, record.key(), record.value(), headers),
                record.topic(),
                record.partition(),
                record.offset(),
                problem);
    }

    @Override
    public Future<List<DeadLetter>> list(String service, int limit) {
        return all(service).map(letters -> {
            List<DeadLetter> newest = new ArrayList<>(letters.values());
            Collections.reverse(newest);
            return List.copyOf(newest.subList(0, Math.min(limit, newest.size())));
        });
    }

    @Override
    public Future<Optional<DeadLetter>> get(String service, String id) {
        return all(service).map(letters -> Optional.ofNullable(letters.get(id)));
    }

    public Future<Void> close() {
        return sender.close();
    }

    private Future<Void> send(
            ProducerRecord<String, byte[]> record, String topic, int partition, long offset, Problem problem) {
        header(record, PROBLEM, Json.text(problem));
        header(record, ORIGIN_TOPIC, topic);
        header(record, ORIGIN_PARTITION, String.valueOf(partition));
        header(record, ORIGIN_OFFSET, String.valueOf(offset));
        return sender.send(record).mapEmpty();
    }

    private static void header(ProducerRecord<String, byte[]> record, String name, String value) {
        record.headers().remove(name).add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** By origin: what was written twice is there once. */
    private Future<Map<String, DeadLetter>> all(String service) {
        return reader.read(new TopicPartition(Topics.deadLetters(Topics.commands(service)), 0), 0)
                .map(records -> {
                    Map<String, DeadLetter> letters = new LinkedHashMap<>();
                    for (ConsumerRecord<String, byte[]> record : records) {
                        DeadLetter letter = letter(record);
                        if (letter != null) {
                            letters.putIfAbsent(letter.id(), letter);
                        }
                    }
                    return letters;
                });
    }

    private static @Nullable DeadLetter letter(ConsumerRecord<String, byte[]> record) {
        String problem = KafkaMessages.header(record, PROBLEM);
        String topic = KafkaMessages.header(record, ORIGIN_TOPIC);
        String partition = KafkaMessages.header(record, ORIGIN_PARTITION);
        String offset = KafkaMessages.header(record, ORIGIN_OFFSET);
        if (problem == null || topic == null || partition == null || offset == null) {
            return null;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        for (Header header : record.headers()) {
            if (!header.key().startsWith("fjord-") && header.value() != null) {
                headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        return new DeadLetter(
                partition + "-" + offset,
                topic,
                Integer.parseInt(partition),
                Long.parseLong(offset),
                Instant.ofEpochMilli(record.timestamp()),
                Json.read(problem, Problem.class),
                record.key(),
                headers,
                record.value());
    }

    // Parked events: in order, each followed at some time by a release

    @Override
    public Future<Void> park(String reader, String service, EventEnvelope<byte[]> event) {
        ProducerRecord<String, byte[]> record = KafkaMessages.toRecord(parkingOf(service), 0, event);
        header(record, PARKED_BY, reader);
        header(record, PROBLEM, Json.text(KafkaProblems.eventNotApplied(reader)));
        return sender.send(record).mapEmpty();
    }

    @Override
    public Future<Void> release(String reader, String service) {
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(parkingOf(service), 0, reader, new byte[0]);
        header(record, RELEASED_BY, reader);
        return sender.send(record).mapEmpty();
    }

    @Override
    public Future<Set<Address>> subjects(String name, String service, Position upTo) {
        return reader.read(new TopicPartition(parkingOf(service), 0), 0).map(records -> {
            Set<Address> parked = new HashSet<>();
            for (ConsumerRecord<String, byte[]> record : records) {
                if (name.equals(KafkaMessages.header(record, RELEASED_BY))) {
                    parked.clear();
                } else if (name.equals(KafkaMessages.header(record, PARKED_BY))) {
                    Position position = TopicReader.position(record);
                    if (position != null && !position.isAfter(upTo)) {
                        parked.add(Address.parse(record.key()));
                    }
                }
            }
            return parked;
        });
    }

    private static String parkingOf(String service) {
        return Topics.deadLetters(Topics.events(service));
    }
}
