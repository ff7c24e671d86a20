package io.fjord.codec;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a CloudEvent in a Kafka record, and its data.
 *
 * <p>Binary content mode (CloudEvents 1.0, Kafka protocol binding, 3.2) is a header {@code ce_<attribute>} for each; it is read
 * and written here, because each record is read by every service that follows its topic and the SDK takes three times as long for
 * it. What comes in another mode or version the SDK reads.
 */
final class RecordAttributes {

    /** What the source of a message of Fjord begins with; the name of the service follows. */
    static final String SOURCES = "/services/";

    private static final String PREFIX = "ce_";
    private static final String SPEC_VERSION = PREFIX + "specversion";
    private static final String CONTENT_TYPE = "content-type";
    private static final String STRUCTURED = "application/cloudevents";
    private static final byte[] VERSION_1 = {'1', '.', '0'};
    private static final byte[] JSON = "application/json".getBytes(StandardCharsets.US_ASCII);

    private final Map<String, String> texts = new HashMap<>(32);
    private byte @Nullable [] data;

    private RecordAttributes() {}

    /** The headers of an event whose data is JSON; what has no value has no header. */
    static final class Written {

        private final RecordHeaders headers = new RecordHeaders();

        Written() {
            headers.add(SPEC_VERSION, VERSION_1);
            headers.add(CONTENT_TYPE, JSON);
        }

        /** @param name {@code ce_<attribute>} */
        Written put(String name, @Nullable Object value) {
            if (value != null) {
                headers.add(name, value.toString().getBytes(StandardCharsets.UTF_8));
            }
            return this;
        }

        ProducerRecord<String, byte[]> record(String topic, @Nullable Integer partition, String key, byte[] value) {
            return new ProducerRecord<>(topic, partition, key, value, headers);
        }
    }

    /** @throws RuntimeException if the record is no CloudEvent */
    static RecordAttributes of(ConsumerRecord<String, byte[]> record) {
        RecordAttributes attributes = new RecordAttributes();
        boolean readable = false;
        for (Header header : record.headers()) {
            String key = header.key();
            byte[] value = header.value();
            if (value == null) {
                continue;
            }
            if (key.equals(SPEC_VERSION)) {
                readable = isVersion1(value);
            } else if (key.startsWith(PREFIX)) {
                attributes.texts.put(key, new String(value, StandardCharsets.UTF_8));
            } else if (key.equals(CONTENT_TYPE) && new String(value, StandardCharsets.UTF_8).startsWith(STRUCTURED)) {
                readable = false;
                break;
            }
        }
        if (!readable) {
            return of(KafkaMessageFactory.createReader(record).toEvent());
        }
        attributes.data = record.value();
        return attributes;
    }

    private static boolean isVersion1(byte[] value) {
        return value.length == 3 && value[0] == '1' && value[1] == '.' && value[2] == '0';
    }

    private static RecordAttributes of(CloudEvent event) {
        RecordAttributes attributes = new RecordAttributes();
        event.getAttributeNames().forEach(name -> attributes.put(name, event.getAttribute(name)));
        event.getExtensionNames().forEach(name -> attributes.put(name, event.getExtension(name)));
        attributes.data = event.getData() == null ? null : event.getData().toBytes();
        return attributes;
    }

    private void put(String name, @Nullable Object value) {
        if (value != null) {
            texts.put(PREFIX + name, value.toString());
        }
    }

    /** @param name {@code ce_<attribute>} */
    String required(String name) {
        String text = texts.get(name);
        if (text == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return text;
    }

    @Nullable
    String optional(String name) {
        return texts.get(name);
    }

    @Nullable
    Long number(String name) {
        String text = texts.get(name);
        return text == null ? null : Long.valueOf(text);
    }

    byte[] data() {
        return Objects.requireNonNull(data, "the data is missing");
    }

    /** The service: the last part of the source's path. */
    String source() {
        String source = required("ce_source");
        String path = source.startsWith(SOURCES) ? source : URI.create(source).getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** RFC 3339, as CloudEvents has it. */
    Instant time() {
        String text = required("ce_time");
        Instant usual = utc(text);
        return usual == null ? OffsetDateTime.parse(text).toInstant() : usual;
    }

    /** What {@link Instant#toString} writes, of a year in four digits; null for any other form. */
    private static @Nullable Instant utc(String text) {
        int last = text.length() - 1;
        if (last < 19 || last > 29 || text.charAt(last) != 'Z' || !hasSeparators(text)) {
            return null;
        }
        int year = digits(text, 0, 4);
        int month = digits(text, 5, 7);
        int day = digits(text, 8, 10);
        int hour = digits(text, 11, 13);
        int minute = digits(text, 14, 16);
        int second = digits(text, 17, 19);
        int nanos = 0;
        if (last > 19) {
            nanos = text.charAt(19) == '.' && last > 20 ? digits(text, 20, last) : -1;
            for (int place = last - 20; place < 9 && nanos > 0; place++) {
                nanos *= 10;
            }
        }
        if ((year | month | day | hour | minute | second | nanos) < 0) {
            return null;
        }
        try {
            return LocalDateTime.of(year, month, day, hour, minute, second, nanos)
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static boolean hasSeparators(String text) {
        return text.charAt(4) == '-'
                && text.charAt(7) == '-'
                && text.charAt(10) == 'T'
                && text.charAt(13) == ':'
                && text.charAt(16) == ':';
    }

    /** @return −1 if one of them is none */
    private static int digits(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = 10 * number + digit;
        }
        return number;
    }
}
