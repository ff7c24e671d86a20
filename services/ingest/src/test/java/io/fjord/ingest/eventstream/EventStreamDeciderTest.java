package io.fjord.ingest.eventstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.ingest.eventstream.DeadLetterPolicy;
import io.fjord.contract.ingest.eventstream.EventStreamCommand;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ChangeEventStream;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.CreateEventStream;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.DeleteEventStream;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ExpireEventStreamState;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ReportEventStreamFailed;
import io.fjord.contract.ingest.eventstream.EventStreamCommand.ReportEventStreamReady;
import io.fjord.contract.ingest.eventstream.EventStreamEvent;
import io.fjord.contract.ingest.eventstream.EventStreamEvent.EventStreamDeleted;
import io.fjord.contract.ingest.eventstream.EvolutionPolicy;
import io.fjord.contract.ingest.eventstream.ProducerQuota;
import io.fjord.contract.ingest.eventstream.StreamSettings;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Decision.Accepted;
import io.fjord.kernel.Decision.NoEffect;
import io.fjord.kernel.Decision.Rejected;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventStreamDeciderTest {

    private static final Instant NOW = Instant.parse("2026-11-22T09:00:00Z");
    private static final List<String> TOPICS = List.of("Zk3uC1ZQS7m0dWqWnY2xVg", "p9vXw0h1T1eQ4m0bq2cL5A");

    private final EventStreamDecider decider = new EventStreamDecider();
    private EventStream stream = decider.initial(new Address("default", "event-stream", "orders"));

    private static StreamSettings settings(int partitions) {
        return new StreamSettings(
                null, "/id", partitions, 24, null, EvolutionPolicy.REFUSE, DeadLetterPolicy.KEEP, 10, null);
    }

    private Decision<EventStreamEvent> decide(EventStreamCommand command) {
        Decision<EventStreamEvent> decision =
                decider.decide(command, stream, new Context(NOW, () -> "id", "user:ana", Quota.unlimited("default")));
        if (decision instanceof Accepted<EventStreamEvent> accepted) {
            accepted.events().forEach(event -> stream = decider.evolve(stream, event));
        }
        return decision;
    }

    private static String slug(Decision<EventStreamEvent> decision) {
        return decision instanceof Rejected<EventStreamEvent> no ? no.problem().slug() : String.valueOf(decision);
    }

    @Test
    void it_takes_events_when_its_topics_are_there() {
        decide(new CreateEventStream(settings(3)));
        assertThat(stream.phase()).isEqualTo(StreamPhase.PREPARING);
        assertThat(stream.takesEvents()).isFalse();
        assertThat(decider.deadline(stream, 1)).isPresent();
        decide(new ReportEventStreamReady(1, TOPICS));
        assertThat(stream.takesEvents()).isTrue();
        assertThat(decider.deadline(stream, 2)).isEmpty();
        assertThat(decide(new ReportEventStreamReady(1, TOPICS))).isInstanceOf(NoEffect.class);
    }

    @Test
    void while_it_is_changed_it_goes_on_taking_events() {
        decide(new CreateEventStream(settings(3)));
        decide(new ReportEventStreamReady(1, TOPICS));
        decide(new ChangeEventStream(settings(6)));
        assertThat(stream.phase()).isEqualTo(StreamPhase.PREPARING);
        assertThat(stream.takesEvents()).isTrue();
        assertThat(decide(new ReportEventStreamReady(1, TOPICS))).isInstanceOf(NoEffect.class);
        assertThat(slug(decide(new ChangeEventStream(settings(5))))).isEqualTo("event-stream-partitions-kept");
        assertThat(decide(new ChangeEventStream(settings(6)))).isInstanceOf(NoEffect.class);
    }

    @Test
    void what_failed_can_be_tried_again_or_come_right_late() {
        decide(new CreateEventStream(settings(3)));
        Instant deadline = stream.deadline();
        assertThat(deadline).isNotNull();
        assertThat(decide(new ExpireEventStreamState(NOW))).isInstanceOf(NoEffect.class);
        decide(new ExpireEventStreamState(deadline));
        assertThat(stream.phase()).isEqualTo(StreamPhase.FAILED);
        decide(new ChangeEventStream(settings(3)));
        assertThat(stream.phase()).isEqualTo(StreamPhase.PREPARING);
        decide(new ReportEventStreamFailed(2, "no broker"));
        assertThat(stream.reason()).isEqualTo("no broker");
        decide(new ReportEventStreamReady(2, TOPICS));
        assertThat(stream.phase()).isEqualTo(StreamPhase.ACTIVE);
    }

    @Test
    void it_comes_again_under_its_name() {
        decide(new CreateEventStream(settings(3)));
        decide(new ReportEventStreamReady(1, TOPICS));
        assertThat(slug(decide(new CreateEventStream(settings(3))))).isEqualTo("event-stream-already-exists");
        assertThat(decide(new DeleteEventStream())).isEqualTo(Decision.accept(new EventStreamDeleted(1, TOPICS)));
        assertThat(stream.takesEvents()).isFalse();
        assertThat(slug(decide(new DeleteEventStream()))).isEqualTo("event-stream-not-found");
        assertThat(decide(new ReportEventStreamReady(1, TOPICS))).isInstanceOf(NoEffect.class);
        decide(new CreateEventStream(settings(1)));
        assertThat(stream.generation()).isEqualTo(2);
        assertThat(stream.begun()).isEqualTo(2);
        assertThat(stream.takesEvents()).isFalse();
    }

    @Test
    void all_that_is_wrong_is_told_at_once() {
        Decision<EventStreamEvent> decision = decide(new CreateEventStream(new StreamSettings(
                null,
                "id",
                0,
                0,
                "orders",
                EvolutionPolicy.REFUSE,
                DeadLetterPolicy.KEEP,
                -1,
                new ProducerQuota(0L, 0L))));
        assertThat(decision).isInstanceOf(Rejected.class);
        assertThat(((Rejected<EventStreamEvent>) decision).problem().faults()).hasSize(7);
    }
}
