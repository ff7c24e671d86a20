package io.fjord.codec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import io.fjord.contract.Forgets;
import io.fjord.contract.Personal;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** Which record stands behind which type on the wire: {@code fjord.<service>.<capability>.<Name>.v1}. */
public final class MessageTypes {

    private final Map<String, ObjectReader> readers = new HashMap<>();
    private final Map<Class<?>, String> names = new HashMap<>();
    private final Map<String, Upcast> upcasts = new HashMap<>();
    private final Map<String, Map<String, Personal.Of>> personal = new HashMap<>();

    private final Set<String> forgetting = new HashSet<>();

    private record Upcast(String to, UnaryOperator<JsonNode> change) {}

    /** Registers every record of a sealed interface, as version 1. */
    public MessageTypes add(String service, String capability, Class<?> sealed) {
        return addOnly(
                service, capability, Objects.requireNonNull(sealed.getPermittedSubclasses(), "not a sealed interface"));
    }

    /** Registers some of a capability, as version 1, for who has no use for the others. */
    public MessageTypes addOnly(String service, String capability, Class<?>... records) {
        for (Class<?> record : records) {
            add("fjord." + service + "." + capability + "." + record.getSimpleName() + ".v1", record);
        }
        return this;
    }

    public MessageTypes add(String type, Class<?> record) {
        readers.put(type, Json.MAPPER.readerFor(record));
        names.put(record, type);
        if (Forgets.class.isAssignableFrom(record)) {
            forgetting.add(type);
        }
        Map<String, Personal.Of> fields = new TreeMap<>();
        for (RecordComponent field : record.isRecord() ? record.getRecordComponents() : new RecordComponent[0]) {
            Personal says = field.getAnnotation(Personal.class);
            if (says != null) {
                fields.put(field.getName(), says.value());
            }
        }
        if (!fields.isEmpty()) {
            personal.put(type, Map.copyOf(fields));
        }
        return this;
    }

    /** Of messages without a record: which of their texts say something of a person. */
    public MessageTypes addPersonal(String type, Map<String, Personal.Of> fields) {
        personal.put(type, Map.copyOf(fields));
        return this;
    }

    /** The fields of a type that say something of a person, and of whom. */
    public Map<String, Personal.Of> personal(String type) {
        return personal.getOrDefault(type, Map.of());
    }

    /** Whether what was said of its subject cannot be read any more after it: its record is a {@link Forgets}. */
    public boolean isForgetting(String type) {
        return forgetting.contains(type);
    }

    /** Reads messages of an older type as the next one; chained until a type is known. */
    public MessageTypes upcast(String from, String to, UnaryOperator<JsonNode> change) {
        upcasts.put(from, new Upcast(to, change));
        return this;
    }

    /** @throws IllegalArgumentException if the record was never registered */
    public String typeOf(Object message) {
        String name = names.get(message.getClass());
        if (name == null) {
            throw new IllegalArgumentException(message.getClass() + " is not a registered message");
        }
        return name;
    }

    public boolean knows(String type) {
        return readers.containsKey(type) || upcasts.containsKey(type);
    }

    public Set<String> types() {
        return new TreeSet<>(readers.keySet());
    }

    /** @throws UnreadableMessage if the type is unknown or the data is not of its shape */
    public Object read(String type, byte[] data) {
        try {
            Upcast upcast = upcasts.get(type);
            if (upcast != null) {
                JsonNode changed = upcast.change().apply(Json.MAPPER.readTree(data));
                return read(upcast.to(), Json.bytes(changed));
            }
            ObjectReader reader = readers.get(type);
            if (reader == null) {
                throw new UnreadableMessage("Nobody here knows the type '" + type + "'");
            }
            return Objects.requireNonNull(reader.readValue(data), "null");
        } catch (IOException | RuntimeException e) {
            if (e instanceof UnreadableMessage unreadable) {
                throw unreadable;
            }
            throw new UnreadableMessage("The data is not a " + type, e);
        }
    }

    public Object read(String type, String data) {
        return read(type, data.getBytes(StandardCharsets.UTF_8));
    }
}
