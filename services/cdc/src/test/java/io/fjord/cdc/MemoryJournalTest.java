package io.fjord.cdc;

class MemoryJournalTest extends JournalSourceContract {

    private final MemoryJournal journal = new MemoryJournal("memory");

    @Override
    JournalSource emptyJournal() {
        return journal;
    }

    @Override
    String service() {
        return "memory";
    }

    @Override
    void append(int events) {
        journal.append(events);
    }

    @Override
    void raiseEpoch() {
        journal.raiseEpoch();
    }
}
