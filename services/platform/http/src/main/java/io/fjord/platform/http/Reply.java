package io.fjord.platform.http;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonValue;
import io.fjord.codec.Json;
import io.fjord.contract.Position;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer about to be written.
 *
 * @param body written as JSON; a {@link Buffer} as it is; null for none
 */
public record Reply(int status, @Nullable Object body, Map<String, String> headers) {

    /** A body that was made JSON already; who adds to it finds it as it was. */
    record Written(@JsonValue Object body, @JsonIgnore byte[] json) {

        static Written of(Object body) {
            return new Written(body, Json.bytes(body));
        }
    }

    public static Reply ok(Object body) {
        return new Reply(200, body, Map.of());
    }

    public static Reply of(int status, Object body) {
        return new Reply(status, body, Map.of());
    }

    public static Reply noContent() {
        return new Reply(204, null, Map.of());
    }

    /** Bytes of any type, as they are. */
    public static Reply bytes(String contentType, Buffer body) {
        return new Reply(200, body, Map.of("Content-Type", contentType));
    }

    public Reply header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Reply(status, body, more);
    }

    public Reply status(int other) {
        return new Reply(other, body, headers);
    }

    /** Where the answer stands in a journal; of several services, call it for each. */
    public Reply position(String service, Position position) {
        String one = service + "=" + position;
        String before = headers.get("Fjord-Position");
        return header("Fjord-Position", before == null ? one : before + ", " + one);
    }

    /** The version of what is answered, as its ETag. */
    public Reply version(long version) {
        return header("ETag", "\"" + version + "\"");
    }
}
