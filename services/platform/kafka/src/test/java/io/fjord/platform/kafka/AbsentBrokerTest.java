package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fjord.kernel.CommandLog.Appended;
import io.fjord.kernel.CommandLog.NotAcknowledged;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AbsentBrokerTest {

    @Test
    void an_append_is_not_acknowledged_and_no_event_loop_is_blocked() throws IOException {
        KafkaConfig config = new KafkaConfig("127.0.0.1:" + unusedPort(), Map.of(), 1, 4, Duration.ofMillis(1_000));
        ListAppender<ILoggingEvent> blocked = new ListAppender<>();
        blocked.start();
        Logger checker = (Logger) LoggerFactory.getLogger("io.vertx.core.impl.BlockedThreadChecker");
        checker.addAppender(blocked);
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setBlockedThreadCheckInterval(50)
                .setMaxEventLoopExecuteTime(1_000)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS));
        KafkaCommandLog log = new KafkaCommandLog(vertx, config);
        try {
            Promise<List<Throwable>> told = Promise.promise();
            vertx.runOnContext(go -> {
                List<Future<Appended>> all = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    all.add(log.append("core", Samples.command("core", Samples.cluster(i), "x")));
                }
                Future.join(all)
                        .onComplete(done ->
                                told.complete(all.stream().map(Future::cause).toList()));
            });
            List<Throwable> failures = Samples.get(told.future());
            assertThat(failures)
                    .hasSize(200)
                    .allSatisfy(failure -> assertThat(failure)
                            .isInstanceOfSatisfying(
                                    NotAcknowledged.class,
                                    no -> assertThat(no.retryAfter()).isPositive()));
            assertThat(blocked.list).isEmpty();
        } finally {
            Samples.get(log.close());
            Samples.get(vertx.close());
            checker.detachAppender(blocked);
        }
    }

    @Test
    void after_its_close_a_log_takes_nothing() {
        Vertx vertx = Vertx.vertx();
        KafkaCommandLog log = new KafkaCommandLog(vertx, new KafkaConfig("127.0.0.1:1"));
        Samples.get(log.close());
        assertThatThrownBy(() -> Samples.get(log.append("core", Samples.command("core", Samples.cluster(1), "x"))))
                .isInstanceOf(NotAcknowledged.class);
        Samples.get(vertx.close());
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
