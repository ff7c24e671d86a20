package io.fjord.platform.kafka;

import java.time.Duration;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka clients for short questions, each used by one thread at a time and kept for a few seconds: making one takes longer than
 * its answer, and a service that starts asks about each of its partitions.
 *
 * @param <C> what is kept
 */
final class ClientPool<C extends AutoCloseable> {

    private static final Logger log = LoggerFactory.getLogger(ClientPool.class);
    private static final Duration KEPT = Duration.ofSeconds(5);
    private static final ScheduledExecutorService CLOSING = Executors.newSingleThreadScheduledExecutor(run -> {
        Thread thread = new Thread(run, "fjord-kafka-clients");
        thread.setDaemon(true);
        return thread;
    });

    private final Function<Map<String, Object>, C> maker;
    private final Map<Map<String, Object>, Deque<C>> idle = new ConcurrentHashMap<>();

    /** @param maker of a client with these settings */
    ClientPool(Function<Map<String, Object>, C> maker) {
        this.maker = maker;
    }

    /** What is asked of a client. */
    interface Question<C, T> {
        T of(C client) throws Exception;
    }

    /** A client that fails is not used again. */
    <T> T ask(Map<String, Object> settings, Question<C, T> question) throws Exception {
        Deque<C> same = idle.computeIfAbsent(Map.copyOf(settings), key -> new ConcurrentLinkedDeque<>());
        C kept = same.pollFirst();
        C client = kept == null ? maker.apply(settings) : kept;
        boolean answered = false;
        try {
            T answer = question.of(client);
            answered = true;
            return answer;
        } finally {
            if (answered) {
                same.addFirst(client);
                var unused = CLOSING.schedule(() -> closeOne(same), KEPT.toMillis(), TimeUnit.MILLISECONDS);
            } else {
                close(client);
            }
        }
    }

    /** One for each that was given back: those in use go round at the front, and the last is closed when nobody needs it. */
    private static <C extends AutoCloseable> void closeOne(Deque<C> same) {
        C client = same.pollLast();
        if (client != null) {
            close(client);
        }
    }

    private static void close(AutoCloseable client) {
        try {
            client.close();
        } catch (Exception e) {
            log.atWarn().setCause(e).log("A Kafka client closed badly");
        }
    }
}
