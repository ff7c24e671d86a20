package io.fjord.cdc;

import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.testing.TestServers;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/** Topics on a broker do as the topic of the simulated schedules does. */
class EventTopicsIT extends EventLogContract {

    private static final AtomicInteger TESTS = new AtomicInteger();

    private final String kafka = TestServers.kafka().bootstrapServers();
    private final String service = "topics" + TESTS.incrementAndGet();
    private final EventTopics topics = new EventTopics(new KafkaConfig(kafka), List.of(service));

    @Override
    EventLog emptyLog() throws InterruptedException, ExecutionException {
        topics.create();
        return topics;
    }

    @Override
    String service() {
        return service;
    }

    @Override
    void loseAllButTheFirst(int kept) throws InterruptedException, ExecutionException {
        try (EventTopic topic = new EventTopic(kafka, service)) {
            long end = topics.last(service).endOffset();
            while (topic.events().size() < end) {
                Thread.onSpinWait();
            }
            topic.loseTail(kept);
        }
    }

    @AfterEach
    void close() {
        topics.close();
    }
}
