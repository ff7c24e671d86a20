package io.fjord.ingest.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.squareup.wire.schema.Field.Label;
import com.squareup.wire.schema.Location;
import com.squareup.wire.schema.internal.parser.EnumConstantElement;
import com.squareup.wire.schema.internal.parser.EnumElement;
import com.squareup.wire.schema.internal.parser.FieldElement;
import com.squareup.wire.schema.internal.parser.MessageElement;
import com.squareup.wire.schema.internal.parser.OneOfElement;
import com.squareup.wire.schema.internal.parser.ProtoFileElement;
import com.squareup.wire.schema.internal.parser.ProtoParser;
import com.squareup.wire.schema.internal.parser.ReservedElement;
import com.squareup.wire.schema.internal.parser.TypeElement;
import io.fjord.contract.Problem.Fault;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kotlin.ranges.IntRange;
import org.jspecify.annotations.Nullable;

/**
 * A .proto file whose first message is the event. The data is JSON as protobuf's own mapping has it, so a field is known by its
 * name and by its number, and neither may ever mean another.
 */
final class ProtobufDefinition implements Definition {

    private static final int MOST_FAULTS = 20;
    private static final Set<String> INTEGERS = Set.of(
            "int32", "sint32", "uint32", "fixed32", "sfixed32", "int64", "sint64", "uint64", "fixed64", "sfixed64");

    /** Types that read each other's bytes (protobuf.dev, "Updating A Message Type") and whose JSON is alike too. */
    private static final List<Set<String>> ALIKE = List.of(
            Set.of("int32", "int64"),
            Set.of("uint32", "uint64"),
            Set.of("sint32", "sint64"),
            Set.of("fixed32", "sfixed32"),
            Set.of("fixed64", "sfixed64"));

    private final Map<String, TypeElement> types = new LinkedHashMap<>();
    private final MessageElement event;
    private final String eventName;

    private ProtobufDefinition(ProtoFileElement file) {
        for (String imported : file.getImports()) {
            if (!imported.startsWith("google/protobuf/")) {
                throw new Unreadable("It imports " + imported + "; it may import google/protobuf/... only");
            }
        }
        file.getTypes().forEach(type -> add("", type));
        MessageElement first = null;
        String name = "";
        for (Map.Entry<String, TypeElement> entry : types.entrySet()) {
            if (first == null && entry.getValue() instanceof MessageElement message) {
                first = message;
                name = entry.getKey();
            }
        }
        if (first == null) {
            throw new Unreadable("There is no message in it");
        }
        event = first;
        eventName = name;
        types.forEach((path, type) -> {
            if (type instanceof MessageElement message) {
                fields(message).values().forEach(field -> resolvable(path, field.getType()));
            }
        });
    }

    private void resolvable(String scope, String type) {
        boolean map = type.startsWith("map<");
        String bare =
                map ? type.substring(type.indexOf(',') + 1, type.length() - 1).trim() : type;
        if (!isScalar(bare) && !isForeign(bare) && resolve(scope, bare) == null) {
            throw new Unreadable("There is no type '" + bare + "' in it");
        }
    }

    private void add(String scope, TypeElement type) {
        String path = scope.isEmpty() ? type.getName() : scope + "." + type.getName();
        types.put(path, type);
        type.getNestedTypes().forEach(nested -> add(path, nested));
    }

    static ProtobufDefinition read(String text) {
        try {
            return new ProtobufDefinition(ProtoParser.Companion.parse(Location.get("event.proto"), text));
        } catch (IllegalStateException | IllegalArgumentException e) {
            throw new Unreadable("It is no .proto file: " + e.getMessage());
        }
    }

    // Looking at it

    private static Map<Integer, FieldElement> fields(MessageElement message) {
        Map<Integer, FieldElement> fields = new LinkedHashMap<>();
        message.getFields().forEach(field -> fields.put(field.getTag(), field));
        for (OneOfElement oneOf : message.getOneOfs()) {
            oneOf.getFields().forEach(field -> fields.put(field.getTag(), field));
        }
        return fields;
    }

    private static boolean isScalar(String type) {
        return INTEGERS.contains(type)
                || Set.of("double", "float", "bool", "string", "bytes").contains(type);
    }

    private static boolean isForeign(String type) {
        return type.startsWith("google.protobuf.") || type.startsWith(".google.protobuf.");
    }

    /** Innermost first, as the language has it. */
    private @Nullable String resolve(String scope, String type) {
        String within = scope;
        while (true) {
            String path = within.isEmpty() ? type : within + "." + type;
            if (types.containsKey(path)) {
                return path;
            }
            if (within.isEmpty()) {
                // With the package before it.
                int dot = type.indexOf('.');
                return dot < 0 ? null : resolve("", type.substring(dot + 1));
            }
            int last = within.lastIndexOf('.');
            within = last < 0 ? "" : within.substring(0, last);
        }
    }

    private static boolean reserves(List<ReservedElement> reserved, int tag) {
        return reserved.stream()
                .flatMap(element -> element.getValues().stream())
                .anyMatch(value -> value instanceof Integer number
                        ? number == tag
                        : value instanceof IntRange range && range.getFirst() <= tag && tag <= range.getLast());
    }

    private static boolean reserves(List<ReservedElement> reserved, String name) {
        return reserved.stream()
                .flatMap(element -> element.getValues().stream())
                .anyMatch(name::equals);
    }

    // Data

    @Override
    public List<Fault> faults(JsonNode data, boolean grows) {
        List<Fault> faults = new ArrayList<>();
        message(eventName, event, data, "", grows, faults);
        return faults.size() > MOST_FAULTS ? List.copyOf(faults.subList(0, MOST_FAULTS)) : faults;
    }

    private void message(
            String scope, MessageElement message, JsonNode data, String at, boolean grows, List<Fault> faults) {
        if (!data.isObject()) {
            faults.add(new Fault(at, "must be an object"));
            return;
        }
        Map<String, FieldElement> named = new LinkedHashMap<>();
        for (FieldElement field : fields(message).values()) {
            named.put(field.getName(), field);
            named.put(camel(field.getName()), field);
            if (field.getLabel() == Label.REQUIRED && !data.has(field.getName()) && !data.has(camel(field.getName()))) {
                faults.add(new Fault(at + "/" + field.getName(), "is missing"));
            }
        }
        data.properties().forEach(entry -> {
            FieldElement field = named.get(entry.getKey());
            String there = at + "/" + entry.getKey();
            if (field == null) {
                if (!grows) {
                    faults.add(new Fault(there, "is not a field of the schema"));
                }
            } else if (!entry.getValue().isNull()) {
                field(scope, field, entry.getValue(), there, grows, faults);
            }
        });
    }

    private void field(String scope, FieldElement field, JsonNode value, String at, boolean grows, List<Fault> faults) {
        String type = field.getType();
        if (type.startsWith("map<")) {
            String values =
                    type.substring(type.indexOf(',') + 1, type.length() - 1).trim();
            if (!value.isObject()) {
                faults.add(new Fault(at, "must be an object"));
            } else {
                value.properties()
                        .forEach(one -> value(scope, values, one.getValue(), at + "/" + one.getKey(), grows, faults));
            }
        } else if (field.getLabel() == Label.REPEATED) {
            if (!value.isArray()) {
                faults.add(new Fault(at, "must be an array"));
            }
            for (int i = 0; value.isArray() && i < value.size(); i++) {
                value(scope, type, value.get(i), at + "/" + i, grows, faults);
            }
        } else {
            value(scope, type, value, at, grows, faults);
        }
    }

    private void value(String scope, String type, JsonNode value, String at, boolean grows, List<Fault> faults) {
        if (isForeign(type)) {
            return;
        }
        String must = null;
        if (INTEGERS.contains(type)) {
            // 64 bits come as text: JavaScript has no such numbers.
            must = value.isIntegralNumber()
                            || (value.isTextual() && value.asText().matches("-?[0-9]{1,20}"))
                    ? null
                    : "an integer";
        } else if (type.equals("double") || type.equals("float")) {
            must = value.isNumber() || Set.of("NaN", "Infinity", "-Infinity").contains(value.asText())
                    ? null
                    : "a number";
        } else if (type.equals("bool")) {
            must = value.isBoolean() ? null : "true or false";
        } else if (type.equals("string") || type.equals("bytes")) {
            must = value.isTextual() ? null : "a text";
        } else {
            String path = resolve(scope, type);
            TypeElement found = path == null ? null : types.get(path);
            if (path != null && found instanceof MessageElement message) {
                message(path, message, value, at, grows, faults);
            } else if (found instanceof EnumElement choice) {
                must = value.isIntegralNumber()
                                || choice.getConstants().stream()
                                        .anyMatch(constant -> constant.getName().equals(value.asText()))
                        ? null
                        : "one of "
                                + choice.getConstants().stream()
                                        .map(EnumConstantElement::getName)
                                        .toList();
            }
        }
        if (must != null) {
            faults.add(new Fault(at, "must be " + must));
        }
    }

    static String camel(String name) {
        StringBuilder camel = new StringBuilder();
        boolean upper = false;
        for (char c : name.toCharArray()) {
            if (c == '_') {
                upper = true;
            } else {
                camel.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return camel.toString();
    }

    // Versions

    @Override
    public List<String> whyNotReading(Definition other) {
        ProtobufDefinition writer = (ProtobufDefinition) other;
        List<String> reasons = new ArrayList<>();
        if (!eventName.equals(writer.eventName)) {
            reasons.add("the event is message " + eventName + ", and was " + writer.eventName);
        } else {
            messages(eventName, event, writer, writer.event, reasons, new HashSet<>());
        }
        return reasons;
    }

    private void messages(
            String path,
            MessageElement reads,
            ProtobufDefinition writer,
            MessageElement wrote,
            List<String> reasons,
            Set<String> seen) {
        if (!seen.add(path)) {
            return;
        }
        Map<Integer, FieldElement> readable = fields(reads);
        Map<Integer, FieldElement> written = fields(wrote);
        written.forEach((tag, field) -> {
            FieldElement read = readable.get(tag);
            if (read == null) {
                // Whichever of the two is the newer one must keep the number and the name from being used again.
                boolean kept = reserves(reads.getReserveds(), tag) && reserves(reads.getReserveds(), field.getName());
                boolean unknown = readable.values().stream()
                        .noneMatch(one -> one.getName().equals(field.getName()));
                if (!kept && !unknown) {
                    reasons.add(path + "." + field.getName() + " has another number");
                }
            } else {
                same(path, read, writer, field, reasons, seen);
            }
        });
        readable.forEach((tag, field) -> {
            if (field.getLabel() == Label.REQUIRED
                    && (written.get(tag) == null || written.get(tag).getLabel() != Label.REQUIRED)) {
                reasons.add(path + "." + field.getName() + " is required, and was not");
            }
            if (written.get(tag) == null
                    && (reserves(wrote.getReserveds(), tag) || reserves(wrote.getReserveds(), field.getName()))) {
                reasons.add(path + "." + field.getName() + " = " + tag + " uses what was reserved");
            }
        });
    }

    private void same(
            String path,
            FieldElement read,
            ProtobufDefinition writer,
            FieldElement wrote,
            List<String> reasons,
            Set<String> seen) {
        String at = path + "." + wrote.getName() + " = " + wrote.getTag();
        if (!read.getName().equals(wrote.getName())) {
            reasons.add(at + " is called " + read.getName() + "; a number keeps its name, for the data is JSON");
        }
        if ((read.getLabel() == Label.REPEATED) != (wrote.getLabel() == Label.REPEATED)) {
            reasons.add(at + " was one value, or is");
        }
        String readType = read.getType();
        String wroteType = wrote.getType();
        String readPath = resolve(path, readType);
        String wrotePath = writer.resolve(path, wroteType);
        if (readPath != null && readPath.equals(wrotePath)) {
            TypeElement mine = types.get(readPath);
            TypeElement theirs = writer.types.get(wrotePath);
            if (mine instanceof MessageElement a && theirs instanceof MessageElement b) {
                messages(readPath, a, writer, b, reasons, seen);
            } else if (mine instanceof EnumElement a && theirs instanceof EnumElement b) {
                choices(readPath, a, b, reasons);
            } else {
                reasons.add(at + " was a message, or is");
            }
        } else if (!readType.equals(wroteType)
                && ALIKE.stream().noneMatch(alike -> alike.contains(readType) && alike.contains(wroteType))) {
            reasons.add(at + " is " + readType + " and was " + wroteType);
        }
    }

    private static void choices(String path, EnumElement reads, EnumElement wrote, List<String> reasons) {
        Map<String, Integer> readable = new LinkedHashMap<>();
        reads.getConstants().forEach(constant -> readable.put(constant.getName(), constant.getTag()));
        for (EnumConstantElement constant : wrote.getConstants()) {
            Integer tag = readable.get(constant.getName());
            if (tag == null) {
                reasons.add(path + " does not know " + constant.getName());
            } else if (tag != constant.getTag()) {
                reasons.add(path + "." + constant.getName() + " has another number");
            }
        }
    }
}
