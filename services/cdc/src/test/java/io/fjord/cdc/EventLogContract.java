package io.fjord.cdc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a feed relies on when it writes a topic. */
abstract class EventLogContract {

    private EventLog log;

    /** A log whose topic holds nothing. */
    abstract EventLog emptyLog() throws Exception;

    abstract String service();

    abstract void loseAllButTheFirst(int kept) throws Exception;

    @BeforeEach
    void open() throws Exception {
        log = emptyLog();
        assertThat(log.last(service())).isEqualTo(EventLog.Last.empty(0));
    }

    private Future<RecordMetadata> send(String position) {
        EventEnvelope<byte[]> event = MemoryJournal.event(service(), Position.parse(position));
        return log.send(event);
    }

    private void sendAll(String... positions) throws Exception {
        for (String position : positions) {
            send(position).get();
        }
    }

    @Test
    void after_a_new_start_nothing_is_written_before_the_end_was_read() throws Exception {
        sendAll("1:1");
        log.startOver();
        assertThatThrownBy(() -> send("1:2").get()).isInstanceOf(ExecutionException.class);
        assertThat(log.last(service()).position()).hasToString("1:1");
        sendAll("1:2");
    }

    @Test
    void an_acknowledgement_says_where_the_record_stands() throws Exception {
        var first = send("1:1");
        var second = send("1:2");
        assertThat(second.get().offset()).isEqualTo(1);
        assertThat(first.isDone()).isTrue();
        assertThat(first.get().offset()).isZero();
        assertThat(log.last(service()))
                .isEqualTo(new EventLog.Last(Position.parse("1:2"), "id-1:2", Position.parse("1:2"), 2));
    }

    @Test
    void the_end_is_the_highest_not_the_last() throws Exception {
        sendAll("1:1", "1:2", "1:3", "1:2");
        assertThat(log.last(service()))
                .isEqualTo(new EventLog.Last(Position.parse("1:3"), "id-1:3", Position.parse("1:3"), 4));
    }

    @Test
    void a_hole_shows_until_it_is_filled() throws Exception {
        sendAll("1:1", "1:2", "1:5");
        assertThat(log.last(service()))
                .isEqualTo(new EventLog.Last(Position.parse("1:5"), "id-1:5", Position.parse("1:2"), 3));
        sendAll("1:3", "1:4", "1:5", "2:4", "1:6");
        assertThat(log.last(service()))
                .isEqualTo(new EventLog.Last(Position.parse("2:4"), "id-2:4", Position.parse("2:4"), 8));
    }

    @Test
    void a_topic_begins_with_the_first_event() throws Exception {
        sendAll("1:5", "1:6");
        assertThat(log.last(service()))
                .isEqualTo(new EventLog.Last(Position.parse("1:6"), "id-1:6", Position.START, 2));
    }

    @Test
    void a_topic_that_lost_its_end_is_written_on_by_a_new_producer() throws Exception {
        sendAll("1:1", "1:2", "1:3");
        loseAllButTheFirst(1);
        log.startOver();
        assertThat(log.last(service()).position()).hasToString("1:1");
        assertThat(send("1:2").get().offset()).isEqualTo(1);
    }

    @Test
    void announcing_leaves_the_topic_alone() throws Exception {
        sendAll("1:1");
        log.announce(service(), Position.parse("1:1")).get();
        assertThat(log.last(service()).endOffset()).isEqualTo(1);
    }
}
