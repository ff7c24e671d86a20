package io.fjord.ingest.produce;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** JSON as it may come from anywhere: one value, in UTF-8, not too deep, and no field twice. */
final class JsonText {

    static final int DEEPEST = 100;

    static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(1_000)
                    .maxStringLength(16 << 20)
                    .build())
            .build();

    private static final ObjectReader TREES = JsonMapper.builder(STRICT)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build()
            .readerFor(JsonNode.class);

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long NOT_ASCII = 0x8080808080808080L;

    /** The text is not what it has to be. */
    static final class Wrong extends Exception {
        private static final long serialVersionUID = 1L;

        Wrong(String why) {
            super(why, null, false, false);
        }
    }

    private JsonText() {}

    static void check(byte[] text) throws Wrong {
        checkUtf8(text);
        try (JsonParser parser = STRICT.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new Wrong("There is no JSON in it");
            }
            parser.skipChildren();
            parser.finishToken();
            if (parser.nextToken() != null) {
                throw new Wrong("There is more than one JSON value in it");
            }
        } catch (IOException e) {
            throw wrong(e);
        }
    }

    static JsonNode tree(byte[] text) throws Wrong {
        checkUtf8(text);
        try {
            JsonNode tree = TREES.readValue(text);
            if (tree == null || tree.isMissingNode()) {
                throw new Wrong("There is no JSON in it");
            }
            return tree;
        } catch (IOException e) {
            throw wrong(e);
        }
    }

    static Wrong wrong(IOException e) {
        if (e instanceof JsonProcessingException json) {
            var at = json.getLocation();
            String why = json.getOriginalMessage().replace('\n', ' ');
            return new Wrong("It is not JSON that is read here"
                    + (at == null ? "" : ", at line " + at.getLineNr() + ", column " + at.getColumnNr()) + ": "
                    + (why.length() > 300 ? why.substring(0, 300) : why));
        }
        // Of bytes in memory, only their encoding can fail otherwise.
        return new Wrong("It is not in UTF-8");
    }

    static void checkUtf8(byte[] text) throws Wrong {
        if (!isAscii(text)) {
            try {
                var unused = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
            } catch (CharacterCodingException e) {
                throw new Wrong("It is not in UTF-8");
            }
        }
    }

    /** Most text is; eight bytes at a time. */
    private static boolean isAscii(byte[] text) {
        int at = 0;
        for (; at + Long.BYTES <= text.length; at += Long.BYTES) {
            if (((long) LONGS.get(text, at) & NOT_ASCII) != 0) {
                return false;
            }
        }
        for (; at < text.length; at++) {
            if (text[at] < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * What an array is made of, each element to be checked by itself.
     *
     * @param rest what is no element: what follows the array's end, or was open when the text ended; empty for nothing
     */
    record Elements(List<byte[]> whole, byte[] rest) {}

    static Elements elements(byte[] array) {
        List<byte[]> elements = new ArrayList<>();
        int at = skipSpace(array, skipSpace(array, 0) + 1);
        if (at < array.length && array[at] == ']') {
            return new Elements(elements, trimmed(array, at + 1, array.length));
        }
        int start = at;
        int depth = 0;
        boolean inText = false;
        while (at < array.length) {
            byte c = array[at];
            if (inText) {
                if (c == '\\') {
                    at++;
                } else if (c == '"') {
                    inText = false;
                }
            } else if (c == '"') {
                inText = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (depth > 0 && (c == '}' || c == ']')) {
                depth--;
            } else if (depth == 0 && (c == ',' || c == ']')) {
                elements.add(trimmed(array, start, at));
                start = at + 1;
                if (c == ']') {
                    return new Elements(elements, trimmed(array, start, array.length));
                }
            }
            at++;
        }
        // Never closed: what was open may have been meant to go on.
        byte[] rest = Arrays.copyOfRange(array, Math.min(start, array.length), array.length);
        return new Elements(elements, rest.length == 0 ? new byte[] {'['} : rest);
    }

    /** The lines that are not blank. */
    static List<byte[]> lines(byte[] text) {
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int at = 0; at <= text.length; at++) {
            if (at == text.length || text[at] == '\n') {
                byte[] line = trimmed(text, start, at);
                if (line.length > 0) {
                    lines.add(line);
                }
                start = at + 1;
            }
        }
        return lines;
    }

    static boolean isArray(byte[] text) {
        int at = skipSpace(text, 0);
        return at < text.length && text[at] == '[';
    }

    private static byte[] trimmed(byte[] text, int from, int to) {
        int first = Math.min(skipSpace(text, from), to);
        int end = to;
        while (end > first && isSpace(text[end - 1])) {
            end--;
        }
        return Arrays.copyOfRange(text, first, end);
    }

    private static int skipSpace(byte[] text, int from) {
        int at = from;
        while (at < text.length && isSpace(text[at])) {
            at++;
        }
        return at;
    }

    private static boolean isSpace(byte c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }
}
