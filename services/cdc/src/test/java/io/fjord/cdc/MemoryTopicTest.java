package io.fjord.cdc;

class MemoryTopicTest extends EventLogContract {

    private final MemoryTopic topic = MemoryTopic.reliable();

    @Override
    EventLog emptyLog() {
        return topic.connect();
    }

    @Override
    String service() {
        return "memory";
    }

    @Override
    void loseAllButTheFirst(int kept) {
        topic.loseAllButTheFirst(kept);
    }
}
