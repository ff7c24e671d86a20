package io.fjord.cdc;

import io.fjord.contract.Topics;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.testing.TestProcess;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A relay in a process of its own, to be killed. */
final class RelayProcess {

    private RelayProcess() {}

    static TestProcess start(RelayConfig config, Map<String, String> environment) throws IOException {
        return TestProcess.start(
                RelayProcess.class,
                environment,
                config.kafka().bootstrap(),
                config.database(),
                String.join(",", config.services()));
    }

    public static void main(String[] args) {
        TestProcess.endWithParent();
        System.out.println("relay of " + Topics.events(args[2]));
        new Relay(
                        new RelayConfig(new KafkaConfig(args[0]), args[1], List.of(args[2].split(","))),
                        new SimpleMeterRegistry())
                .run();
    }
}
