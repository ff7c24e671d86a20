package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is sent, the answer is a yes or a problem, and never that something broke. */
class AnyInputTest {

    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "null",
            "true",
            "1e999",
            "-0",
            "1.5",
            "\\u0000",
            "\\ud800",
            "\"name\"",
            "\"size\"",
            "\"S\"",
            "\"ida\"",
            "\"crew\"",
            "\"flags\"",
            "\"masts\"",
            "9999999999999999999999",
            " ",
            "\n",
            "ä");

    private static final String RIGHT = "{\"name\":\"ida\",\"size\":\"S\",\"masts\":2,\"crew\":[{\"name\":\"jo\"}]}";

    private static final List<String> VALUES = List.of(
            "",
            "%20",
            "a",
            "%00",
            "%F0%9F%98%80",
            "-1",
            "1:1",
            "%22",
            "..",
            "9".repeat(30),
            "2026-01-01T00:00:00Z",
            "true");

    @Test
    void nothing_breaks_it() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        Api api = Api.load("boats").on("createBoat", call -> {
            call.those();
            call.body(ApiTest.Boat.class);
            call.ifMatch();
            call.minPosition();
            return Future.succeededFuture(Reply.of(201, Map.of("id", call.commandId(), "wait", call.waitSeconds())));
        });
        for (String other : List.of(
                "listBoats", "getBoat", "sinkBoat", "writeLog", "hearHorn", "readOpen", "foreign", "readEvents")) {
            api.on(other, call -> {
                call.those();
                return Future.succeededFuture(Reply.ok(Map.of(
                        "page",
                        PageToken.cursor(call).isPresent(),
                        "domain",
                        call.domain(),
                        "min",
                        call.minPosition())));
            });
        }
        try (Web web =
                new Web(api.router(Web.VERTX, Web.everybody(request -> Future.succeededFuture(new Actor("user:a")))))) {
            for (int i = 0; i < 600; i++) {
                String body = body(random);
                var answer = web.post(
                        "/api/v1/boats" + query(random, "domain", "dryRun", "x"),
                        body,
                        "If-Match",
                        decoded(random),
                        "Idempotency-Key",
                        decoded(random),
                        "Prefer",
                        "wait=" + decoded(random));
                assertThat(answer.status()).as("seed " + seed + ": " + body).isIn(200, 201, 400);
                var list = web.get(
                        "/api/v1/boats"
                                + query(random, "domain", "pageSize", "pageToken", "asOf", "colour", "since", "sunk"),
                        "Fjord-Min-Position",
                        decoded(random));
                assertThat(list.status())
                        .as("seed " + seed + ": " + list.response().uri())
                        .isIn(200, 400);
            }
        }
    }

    private static String body(Random random) {
        StringBuilder body = new StringBuilder(random.nextBoolean() ? RIGHT : "");
        for (int changes = random.nextInt(4); changes >= 0; changes--) {
            String piece = PIECES.get(random.nextInt(PIECES.size()));
            int at = random.nextInt(body.length() + 1);
            if (random.nextBoolean() && at < body.length()) {
                body.deleteCharAt(at);
            }
            body.insert(Math.min(at, body.length()), piece);
        }
        return body.toString();
    }

    private static String query(Random random, String... names) {
        StringBuilder query = new StringBuilder("?");
        for (int i = random.nextInt(3); i > 0; i--) {
            query.append(names[random.nextInt(names.length)])
                    .append('=')
                    .append(VALUES.get(random.nextInt(VALUES.size())))
                    .append('&');
        }
        return query.toString();
    }

    private static String decoded(Random random) {
        String value = VALUES.get(random.nextInt(VALUES.size()));
        return value.startsWith("%") ? "\"7\"" : value;
    }
}
