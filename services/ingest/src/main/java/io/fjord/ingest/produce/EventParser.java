package io.fjord.ingest.produce;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.ingest.produce.JsonText.Wrong;
import io.fjord.ingest.produce.Piece.Broken;
import io.fjord.ingest.produce.Piece.Read;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what was sent as events: CloudEvents 1.0 over HTTP (binary, structured, batch), a JSON value or an array of them, or a
 * value a line. One that is wrong does not keep the others from being read.
 */
final class EventParser {

    static final int LARGEST = 900 * 1024;
    static final int MOST = 100_000;

    private static final String STRUCTURED = "application/cloudevents+json";
    private static final String BATCH = "application/cloudevents-batch+json";
    private static final List<String> BY_LINE =
            List.of("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq");
    private static final byte[] NULL = "null".getBytes(StandardCharsets.UTF_8);
    private static final Pattern ATTRIBUTE = Pattern.compile("[a-z0-9]{1,60}");
    private static final int LONGEST = 1_024;

    private final String ownId;
    private final boolean ownKnown;
    private final String ownSource;
    private final String ownType;
    private final boolean trees;

    /**
     * @param ownId the beginning of the ids of events that have none
     * @param ownKnown whether those come out the same when the request is sent again
     * @param trees whether the data is needed as trees too
     */
    EventParser(String ownId, boolean ownKnown, String ownSource, String ownType, boolean trees) {
        this.ownId = ownId;
        this.ownKnown = ownKnown;
        this.ownSource = ownSource;
        this.ownType = ownType;
        this.trees = trees;
    }

    /**
     * @param contentType of the request; empty for none
     * @param headers those that begin with {@code ce-}, lower case, without it
     * @throws io.fjord.platform.http.ProblemException if nothing of that kind is read here
     */
    List<Piece> read(String contentType, Map<String, String> headers, byte[] body) {
        String type = contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        if (type.equals(STRUCTURED)) {
            return List.of(sized(body, this::structured));
        }
        if (type.equals(BATCH)) {
            if (!JsonText.isArray(body)) {
                return List.of(new Broken(EventProblems.invalid("A batch is a JSON array"), Map.of(), body));
            }
            return array(body, (piece, index) -> structured(piece));
        }
        if (headers.containsKey("specversion")) {
            if (!isJson(type)) {
                throw EventProblems.unsupported(contentType);
            }
            return List.of(sized(body, data -> binary(headers, data)));
        }
        if (BY_LINE.contains(type)) {
            return each(JsonText.lines(body), this::plain);
        }
        if (!isJson(type)) {
            throw EventProblems.unsupported(contentType);
        }
        return JsonText.isArray(body) ? array(body, this::plain) : List.of(sized(body, data -> plain(data, 0)));
    }

    private static boolean isJson(String type) {
        return type.isEmpty() || type.equals("application/json") || type.equals("text/json") || type.endsWith("+json");
    }

    private interface Reader {
        Piece read(byte[] piece) throws Wrong;
    }

    private interface Numbered {
        Piece read(byte[] piece, int index) throws Wrong;
    }

    private static List<Piece> array(byte[] body, Numbered reader) {
        JsonText.Elements elements = JsonText.elements(body);
        List<Piece> read = each(elements.whole(), reader);
        if (elements.rest().length > 0) {
            read.add(new Broken(
                    EventProblems.invalid("The array is not closed, or something follows it"),
                    Map.of(),
                    Arrays.copyOf(elements.rest(), Math.min(LARGEST, elements.rest().length))));
        }
        return read;
    }

    private static List<Piece> each(List<byte[]> pieces, Numbered reader) {
        if (pieces.size() > MOST) {
            throw EventProblems.tooMany(MOST);
        }
        List<Piece> read = new ArrayList<>(pieces.size());
        for (int i = 0; i < pieces.size(); i++) {
            int index = i;
            read.add(sized(pieces.get(i), piece -> reader.read(piece, index)));
        }
        return read;
    }

    private static Piece sized(byte[] piece, Reader reader) {
        if (piece.length > LARGEST) {
            return new Broken(EventProblems.tooLarge(LARGEST), Map.of(), Arrays.copyOf(piece, 1024));
        }
        try {
            return reader.read(piece);
        } catch (Wrong e) {
            return new Broken(EventProblems.invalid(String.valueOf(e.getMessage())), Map.of(), piece);
        }
    }

    // Plain JSON

    private Piece plain(byte[] data, int index) throws Wrong {
        JsonNode tree = checked(data);
        return new Read(new StreamEvent(
                index == 0 && !ownKnown ? ownId : ownId + "-" + index,
                ownSource,
                ownType,
                ownKnown,
                Map.of(),
                data,
                tree));
    }

    private @Nullable JsonNode checked(byte[] data) throws Wrong {
        if (trees) {
            return JsonText.tree(data);
        }
        JsonText.check(data);
        return null;
    }

    // CloudEvents

    private Piece binary(Map<String, String> headers, byte[] body) throws Wrong {
        Map<String, String> attributes = new LinkedHashMap<>();
        for (Map.Entry<String, String> header : headers.entrySet()) {
            attributes.put(header.getKey(), unescaped(header.getValue()));
        }
        byte[] data = body.length == 0 ? NULL : body;
        return event(attributes, data, body);
    }

    /** As the HTTP binding has it: percent-encoded, and perhaps in quotes. */
    private static String unescaped(String value) throws Wrong {
        String bare = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\")
                : value;
        if (bare.indexOf('%') < 0) {
            return bare;
        }
        try {
            return URLDecoder.decode(bare.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Wrong("A header of it is not percent-encoded as it should be");
        }
    }

    private Piece structured(byte[] piece) throws Wrong {
        JsonText.checkUtf8(piece);
        Map<String, String> attributes = new LinkedHashMap<>();
        byte[] data = NULL;
        boolean seenData = false;
        try (JsonParser parser = JsonText.STRICT.createParser(piece)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Wrong("An event in CloudEvents' JSON is an object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals("data")) {
                    data = raw(parser, piece);
                    seenData = true;
                } else if (name.equals("data_base64")) {
                    if (seenData || value != JsonToken.VALUE_STRING) {
                        throw new Wrong("'data_base64' is a text, and stands for 'data'");
                    }
                    data = decoded(parser.getText());
                } else if (value == JsonToken.VALUE_STRING
                        || value == JsonToken.VALUE_NUMBER_INT
                        || value == JsonToken.VALUE_TRUE
                        || value == JsonToken.VALUE_FALSE) {
                    attributes.put(name, parser.getText());
                } else if (value != JsonToken.VALUE_NULL) {
                    throw new Wrong("Attribute '" + name + "' must be a text, an integer, true or false");
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw new Wrong("There is more than one JSON value in it");
            }
        } catch (IOException e) {
            throw JsonText.wrong(e);
        }
        return event(attributes, data, piece);
    }

    private static byte[] raw(JsonParser parser, byte[] piece) throws IOException {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        int to = (int) parser.currentLocation().getByteOffset();
        return Arrays.copyOfRange(piece, from, to);
    }

    private static byte[] decoded(String text) throws Wrong {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new Wrong("'data_base64' is not in base64");
        }
    }

    private Piece event(Map<String, String> given, byte[] data, byte[] raw) throws Wrong {
        try {
            return new Read(checked(given, data));
        } catch (Wrong e) {
            return new Broken(EventProblems.invalid(String.valueOf(e.getMessage())), told(given), raw);
        }
    }

    private StreamEvent checked(Map<String, String> given, byte[] data) throws Wrong {
        Map<String, String> attributes = new LinkedHashMap<>(given);
        String version = attributes.remove("specversion");
        if (!"1.0".equals(version)) {
            throw new Wrong("'specversion' must be 1.0" + (version == null ? "" : ", not " + version));
        }
        String id = required(attributes, "id");
        String source = required(attributes, "source");
        String type = required(attributes, "type");
        String kind = attributes.remove("datacontenttype");
        if (kind != null && !isJson(kind.split(";", 2)[0].trim().toLowerCase(Locale.ROOT))) {
            throw new Wrong("The data of events is JSON here; 'datacontenttype' says " + kind);
        }
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            if (!ATTRIBUTE.matcher(attribute.getKey()).matches()) {
                throw new Wrong("'" + shortened(attribute.getKey())
                        + "' is no name of an attribute: those have lower-case letters and digits only");
            }
            if (attribute.getValue().length() > LONGEST) {
                throw new Wrong("'" + attribute.getKey() + "' is longer than " + LONGEST + " characters");
            }
        }
        uri(source, "source");
        String time = attributes.get("time");
        if (time != null) {
            try {
                var unused = OffsetDateTime.parse(time);
            } catch (DateTimeParseException e) {
                throw new Wrong("'time' must be as in RFC 3339");
            }
        }
        return new StreamEvent(id, source, type, true, attributes, data, checked(data));
    }

    private static void uri(String value, String name) throws Wrong {
        try {
            var unused = new URI(value);
        } catch (URISyntaxException e) {
            throw new Wrong("'" + name + "' must be a URI reference");
        }
    }

    private static String required(Map<String, String> attributes, String name) throws Wrong {
        String value = attributes.remove(name);
        if (value == null || value.isEmpty()) {
            throw new Wrong("'" + name + "' is missing");
        }
        if (value.length() > LONGEST) {
            throw new Wrong("'" + name + "' is longer than " + LONGEST + " characters");
        }
        return value;
    }

    /** For the dead letter: what can stand in headers. */
    private static Map<String, String> told(Map<String, String> given) {
        Map<String, String> told = new LinkedHashMap<>();
        given.forEach((name, value) -> {
            if (ATTRIBUTE.matcher(name).matches() && value.length() <= LONGEST) {
                told.put(name, value);
            }
        });
        return told;
    }

    private static String shortened(String text) {
        return text.length() > 60 ? text.substring(0, 60) : text;
    }
}
