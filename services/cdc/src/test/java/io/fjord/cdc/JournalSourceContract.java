package io.fjord.cdc;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a feed relies on when it asks a journal. */
abstract class JournalSourceContract {

    private JournalSource journal;
    private String service;

    /** A journal that nothing was written to yet. */
    abstract JournalSource emptyJournal() throws Exception;

    abstract String service();

    abstract void append(int events) throws Exception;

    abstract void raiseEpoch() throws Exception;

    @BeforeEach
    void open() throws Exception {
        journal = emptyJournal();
        service = service();
    }

    private List<String> after(String position, int limit) {
        return journal.after(service, Position.parse(position), limit).stream()
                .map(event -> event.position().toString())
                .toList();
    }

    @Test
    void an_empty_journal_ends_at_the_start() {
        assertThat(journal.end(service)).isEqualTo(Position.START);
        assertThat(after("1:0", 10)).isEmpty();
        assertThat(journal.idAt(service, Position.parse("1:1"))).isEmpty();
    }

    @Test
    void events_come_in_order_a_page_at_a_time() throws Exception {
        append(3);
        append(2);
        assertThat(journal.end(service)).hasToString("1:5");
        assertThat(after("1:0", 3)).containsExactly("1:1", "1:2", "1:3");
        assertThat(after("1:3", 3)).containsExactly("1:4", "1:5");
        assertThat(after("1:5", 3)).isEmpty();
        EventEnvelope<byte[]> fourth =
                journal.after(service, Position.parse("1:3"), 1).get(0);
        assertThat(journal.idAt(service, Position.parse("1:4"))).contains(fourth.id());
    }

    @Test
    void a_raised_epoch_goes_on_counting() throws Exception {
        append(2);
        raiseEpoch();
        assertThat(journal.end(service)).hasToString("2:2");
        assertThat(after("1:2", 10)).isEmpty();
        append(2);
        assertThat(journal.end(service)).hasToString("2:4");
        assertThat(after("1:2", 10)).containsExactly("2:3", "2:4");
        // A page need not go over the change of epochs; the next one does.
        assertThat(after("1:0", 10)).startsWith("1:1", "1:2");
    }
}
