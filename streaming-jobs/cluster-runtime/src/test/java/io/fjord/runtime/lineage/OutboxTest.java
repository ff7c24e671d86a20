package io.fjord.runtime.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutboxTest {

    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final List<String> shown = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private final AtomicInteger refused = new AtomicInteger();
    private HttpServer plane;
    private Outbox outbox;

    @BeforeEach
    void start() throws IOException {
        plane = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        plane.createContext("/api/v1/lineage/batch", exchange -> {
            try (exchange) {
                var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                shown.add(exchange.getRequestHeaders().getFirst("Authorization") + " "
                        + exchange.getRequestURI().getQuery());
                var answer = status;
                if (answer == 200) {
                    Told.JSON.readTree(body).forEach(event -> seen.add(event.asText()));
                } else {
                    refused.incrementAndGet();
                }
                exchange.sendResponseHeaders(answer, -1);
            }
        });
        plane.start();
        outbox = new Outbox("http://127.0.0.1:" + plane.getAddress().getPort() + "/", "sales", "its-token");
    }

    @AfterEach
    void stop() {
        outbox.close();
        plane.stop(0);
    }

    private void heard(String... events) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(seen).containsExactly(events));
    }

    @Test
    void what_is_told_arrives_in_order_with_the_drivers_own_token() {
        outbox.add("\"one\"");
        outbox.add("\"two\"");

        heard("one", "two");
        assertThat(shown).containsOnly("Bearer its-token domain=sales");
    }

    @Test
    void what_is_told_while_the_control_plane_is_away_waits_as_far_as_there_is_room() {
        status = 503;
        outbox.add("\"one\"");
        await().atMost(Duration.ofSeconds(20)).until(() -> refused.get() > 0);
        var large = "\"" + "x".repeat(5 << 20) + "\"";
        outbox.add(large);
        outbox.add("\"two\"");
        status = 200;

        heard("one", "two");
    }

    @Test
    void what_is_refused_does_not_stand_in_the_way() {
        status = 400;
        outbox.add("\"odd\"");
        await().atMost(Duration.ofSeconds(20)).until(() -> refused.get() > 0);
        status = 200;
        outbox.add("\"good\"");

        heard("good");
    }

    @Test
    void what_waits_is_sent_at_the_end() {
        outbox.add("\"last\"");
        outbox.close();

        assertThat(seen).containsExactly("last");
    }
}
