package io.fjord.runtime.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunsTest {

    private final Runs runs = new Runs();

    private static Told event(String run, String type, String outputs) {
        return Told.parse("{\"eventType\":\"" + type + "\",\"producer\":\"test:x\",\"run\":{\"runId\":\"" + run
                + "\"},\"outputs\":[" + outputs + "]}");
    }

    private static final Execution STATEMENT = new Execution(7, 7, "user:ana");
    private static final Execution INNER = new Execution(8, 7, null);

    @Test
    void of_what_only_reads_nothing_is_told() {
        assertThat(runs.next(event("one", "START", ""), STATEMENT)).isEmpty();
        assertThat(runs.next(event("one", "COMPLETE", ""), STATEMENT)).isEmpty();
        assertThat(runs.ended(STATEMENT)).isEmpty();
    }

    @Test
    void all_of_a_statement_is_told_when_it_has_ended_and_who_ran_it() {
        assertThat(runs.next(event("one", "START", ""), STATEMENT)).isEmpty();
        assertThat(runs.next(event("two", "START", "{\"name\":\"t\"}"), INNER)).isEmpty();
        assertThat(runs.next(event("two", "RUNNING", "{\"name\":\"t\"}"), INNER))
                .isEmpty();
        assertThat(runs.next(event("two", "COMPLETE", "{\"name\":\"t\"}"), INNER))
                .isEmpty();
        assertThat(runs.next(event("one", "COMPLETE", ""), STATEMENT)).isEmpty();

        var told = runs.ended(STATEMENT);

        assertThat(told).hasSize(4).allMatch(event -> event.contains("\"actor\":\"user:ana\""));
        assertThat(runs.ended(STATEMENT)).isEmpty();
    }

    @Test
    void what_is_no_statement_is_told_at_the_end_of_its_run() {
        assertThat(runs.next(event("one", "START", ""), null)).isEmpty();
        assertThat(runs.next(event("one", "COMPLETE", "{\"name\":\"t\"}"), null))
                .hasSize(2)
                .noneMatch(told -> told.contains("fjord_actor"));
    }
}
