package io.fjord.capture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;

/**
 * Where Debezium goes on: told by the last record on the topic, so that the two cannot disagree; what it stores while it runs is
 * forgotten with it. Made by Debezium by name.
 */
public final class TopicOffsets extends MemoryOffsetBackingStore {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "fjord.offset.key";
    private static final String VALUE = "fjord.offset.value";

    /** Tells an engine where to go on. */
    static void tell(Properties engine, Map<String, Object> offset) {
        engine.setProperty(
                KEY, text(List.of(engine.getProperty("name"), Map.of("server", engine.getProperty("topic.prefix")))));
        engine.setProperty(VALUE, text(offset));
    }

    @Override
    public void configure(WorkerConfig config) {
        super.configure(config);
        String key = config.originalsStrings().get(KEY);
        String value = config.originalsStrings().get(VALUE);
        if (key != null && value != null) {
            data.put(bytes(key), bytes(value));
        }
    }

    @Override
    public Set<Map<String, Object>> connectorPartitions(String connectorName) {
        return Set.of();
    }

    private static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An offset of Debezium's cannot be written as JSON", e);
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
