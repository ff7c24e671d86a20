package io.fjord.platform.kafka;

import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.kafka.KafkaContainer;

@Testcontainers(disabledWithoutDocker = true)
class KafkaCommandLogContainerIT extends CommandLogContract {

    @Container
    private static final KafkaContainer KAFKA = new KafkaContainer("apache/kafka-native:4.1.0");

    @Override
    String bootstrap() {
        return KAFKA.getBootstrapServers();
    }
}
