package io.fjord.platform.kafka;

import io.fjord.testing.TestServers;

class KafkaCommandLogIT extends CommandLogContract {

    @Override
    String bootstrap() {
        return TestServers.kafka().bootstrapServers();
    }
}
