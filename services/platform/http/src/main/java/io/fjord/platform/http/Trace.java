package io.fjord.platform.http;

import io.fjord.kernel.Ids;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What ties together all that one request sets off.
 *
 * @param traceparent W3C trace context: the caller's trace, or a new one, with a span of ours
 * @param correlationId the {@code X-Request-Id} of the request, or a new UUIDv7
 */
public record Trace(String traceparent, String correlationId) {

    public static final String REQUEST_ID = "X-Request-Id";
    public static final String TRACEPARENT = "traceparent";

    private static final Pattern W3C =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");
    private static final String KEY = Trace.class.getName();

    public static Trace of(HttpServerRequest request) {
        String id = request.getHeader(REQUEST_ID);
        return new Trace(
                continued(request.getHeader(TRACEPARENT)),
                id != null && ID.matcher(id).matches() ? id : Ids.next());
    }

    /** A trace that begins here: what set it off carries none. */
    public static Trace begin() {
        return new Trace(continued(null), Ids.next());
    }

    /** The same for every call during one request. */
    public static Trace of(RoutingContext context) {
        Trace trace = context.get(KEY);
        if (trace == null) {
            trace = of(context.request());
            context.put(KEY, trace);
        }
        return trace;
    }

    public String traceId() {
        return traceparent.substring(3, 35);
    }

    private static String continued(@Nullable String given) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String span = hex(random.nextLong() | 1L);
        if (given != null && W3C.matcher(given).matches()) {
            return "00-" + given.substring(3, 35) + "-" + span + "-" + given.substring(53, 55);
        }
        return "00-" + hex(random.nextLong()) + hex(random.nextLong() | 1L) + "-" + span + "-01";
    }

    private static String hex(long value) {
        return HexFormat.of().toHexDigits(value);
    }
}
