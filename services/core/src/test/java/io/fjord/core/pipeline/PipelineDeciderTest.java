package io.fjord.core.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.contract.core.pipeline.PipelineColumn;
import io.fjord.contract.core.pipeline.PipelineCommand;
import io.fjord.contract.core.pipeline.PipelineCommand.ChangePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.CreatePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.DeletePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.ExpirePipelineState;
import io.fjord.contract.core.pipeline.PipelineCommand.HandOverPipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.PausePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineFailed;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineReleased;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineRunning;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineStopped;
import io.fjord.contract.core.pipeline.PipelineCommand.RescalePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.RestartPipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.StartPipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.StopPipeline;
import io.fjord.contract.core.pipeline.PipelineEvent;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineChanged;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineCreated;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineFailed;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineHandedOver;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelinePaused;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineReleased;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineRunning;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineStarting;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineStopped;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineStopping;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.PipelineTransform;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.SecretName;
import io.fjord.core.pipeline.PipelineDecider.NamedPipeline;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PipelineDeciderTest {

    private static final PipelineSpec SPEC = new PipelineSpec(
            new PipelineSource("flights", null),
            new PipelineTarget(null, "travel", "flights", null, null),
            PipelineMode.APPEND,
            null,
            SchemaEvolution.REFUSE,
            10,
            null,
            1);

    private final PipelineDecider decider = new PipelineDecider();
    private NamedPipeline state = decider.initial(Address.parse("default/pipeline/flights"));
    private final Instant now = Instant.parse("2026-11-22T09:00:00Z");
    private Quota quota = new Quota("default", Map.of("pipelines", new Quota.Allowance(8, 0)));
    private String actor = "user:ana";

    @BeforeEach
    void created() {
        assertThat(when(new CreatePipeline(SPEC, null)))
                .hasExactlyElementsOfTypes(PipelineCreated.class, PipelineStarting.class);
    }

    @Test
    void it_begins_with_the_earliest_record_unless_told_otherwise() {
        when(new DeletePipeline());
        List<PipelineEvent> events =
                when(new CreatePipeline(SPEC, new PipelinePosition(PipelinePosition.LATEST, null, null, null)));
        assertThat(events.get(1)).isInstanceOfSatisfying(PipelineStarting.class, starting -> {
            assertThat(starting.generation()).isEqualTo(2);
            assertThat(starting.from()).isNotNull();
        });
        assertThat(refused(new CreatePipeline(SPEC, null)).slug()).isEqualTo("pipeline-already-exists");
    }

    @Test
    void services_own_none_and_the_quota_counts_those_there_are() {
        when(new DeletePipeline());
        assertThat(decider.usage(state)).isEmpty();
        actor = "service:core";
        assertThat(refused(new CreatePipeline(SPEC, null)).slug()).isEqualTo("hand-over-refused");
        actor = "user:ana";
        quota = new Quota("default", Map.of("pipelines", new Quota.Allowance(8, 8)));
        assertThat(refused(new CreatePipeline(SPEC, null)).slug()).isEqualTo("quota-exceeded");
    }

    @Test
    void what_is_told_of_another_start_means_nothing() {
        assertThat(nothing(new ReportPipelineRunning(7))).contains("starting, generation 1");
        running();
        assertThat(nothing(new ReportPipelineRunning(1))).contains("running");
        assertThat(nothing(new ReportPipelineFailed(2, "x"))).contains("generation 1");
        assertThat(nothing(new ReportPipelineStopped(1))).contains("running");
    }

    @Test
    void it_is_paused_and_stopped_once_what_it_read_is_written() {
        running();
        assertThat(when(new PausePipeline())).hasExactlyElementsOfTypes(PipelineStopping.class);
        assertThat(refused(new StartPipeline()).slug()).isEqualTo("pipeline-stopping");
        assertThat(when(new ReportPipelineStopped(1))).containsExactly(new PipelinePaused(1));
        assertThat(when(new StopPipeline())).hasExactlyElementsOfTypes(PipelineStopping.class);
        assertThat(when(new ReportPipelineStopped(1))).containsExactly(new PipelineStopped(1));
        assertThat(nothing(new StopPipeline())).contains("stopped already");
        assertThat(when(new StartPipeline()))
                .singleElement()
                .isInstanceOfSatisfying(PipelineStarting.class, starting -> {
                    assertThat(starting.generation()).isEqualTo(2);
                    assertThat(starting.from()).isNull();
                });
    }

    @Test
    void no_state_on_the_way_lasts_longer_than_its_deadline() {
        Instant starting = decider.deadline(state, 1).orElseThrow().due();
        assertThat(nothing(new ExpirePipelineState(starting.plusSeconds(1)))).contains("starting");
        assertThat(when(new ExpirePipelineState(starting))).hasExactlyElementsOfTypes(PipelineFailed.class);
        assertThat(decider.deadline(state, 2)).isEmpty();
        when(new StartPipeline());
        when(new StopPipeline());
        Instant stopping = decider.deadline(state, 3).orElseThrow().due();
        assertThat(when(new ExpirePipelineState(stopping))).containsExactly(new PipelineStopped(2));
    }

    @Test
    void a_change_of_what_runs_starts_it_again_and_of_what_rests_does_not() {
        running();
        assertThat(when(new RescalePipeline(4)))
                .hasExactlyElementsOfTypes(PipelineChanged.class, PipelineStarting.class);
        assertThat(nothing(new RescalePipeline(4))).contains("so already");
        when(new StopPipeline());
        when(new ReportPipelineStopped(2));
        assertThat(when(new ChangePipeline(SchemaEvolution.ADD_COLUMNS, 5, null, null)))
                .hasExactlyElementsOfTypes(PipelineChanged.class);
        assertThat(state.pipeline().spec().parallelism()).isEqualTo(4);
        assertThat(state.pipeline().spec().freshnessSeconds()).isEqualTo(5);
    }

    @Test
    void a_change_that_makes_no_pipeline_is_refused_with_all_that_is_wrong() {
        Problem refused = refused(new ChangePipeline(
                null,
                null,
                null,
                new PipelineTransform("DROP TABLE source", List.of(new PipelineColumn("id", "uuid", true)))));

        assertThat(refused.slug()).isEqualTo("pipeline-change-refused");
        assertThat(refused.faults())
                .extracting(Problem.Fault::pointer)
                .containsExactlyInAnyOrder("/transform", "/transform/sql", "/transform/columns/0/type");
    }

    @Test
    void told_another_position_it_starts_there_whatever_it_did() {
        PipelinePosition from = new PipelinePosition(null, Map.of(0, 12L), null, null);
        when(new ReportPipelineFailed(1, "Records are gone."));
        assertThat(when(new RestartPipeline(from)))
                .singleElement()
                .isInstanceOfSatisfying(
                        PipelineStarting.class,
                        starting -> assertThat(starting.from()).isEqualTo(from));
        assertThat(state.pipeline().lifecycle().label()).isEqualTo("starting");
    }

    @Test
    void handed_over_it_writes_as_another() {
        running();
        assertThat(when(new HandOverPipeline("service-account:robot")))
                .hasExactlyElementsOfTypes(PipelineHandedOver.class, PipelineStarting.class);
        assertThat(state.pipeline().owner()).isEqualTo("service-account:robot");
        assertThat(refused(new HandOverPipeline("group:data")).slug()).isEqualTo("hand-over-refused");
    }

    @Test
    void what_is_not_there_is_not_found() {
        when(new DeletePipeline());
        for (PipelineCommand command : List.of(
                new StartPipeline(),
                new StopPipeline(),
                new PausePipeline(),
                new DeletePipeline(),
                new RescalePipeline(2),
                new RestartPipeline(PipelinePosition.earliest()))) {
            assertThat(refused(command).status()).as(command.toString()).isEqualTo(404);
        }
    }

    @Test
    void of_a_database_all_is_read_again_or_nothing_and_what_it_had_there_goes_once_it_is_deleted() {
        when(new DeletePipeline());
        PipelineSpec copy = new PipelineSpec(
                new PipelineSource(
                        null,
                        null,
                        new DatabaseSource(
                                DatabaseKind.MYSQL,
                                "db.example.org",
                                null,
                                "shop",
                                "fjord",
                                new SecretName("shop"),
                                List.of("orders"),
                                null)),
                SPEC.target(),
                PipelineMode.UPSERT,
                null,
                SchemaEvolution.ADD_COLUMNS,
                10,
                null,
                1);
        when(new CreatePipeline(copy, null));
        assertThat(refused(new RestartPipeline(new PipelinePosition(null, Map.of(0, 12L), null, null)))
                        .slug())
                .isEqualTo("pipeline-change-refused");
        assertThat(refused(new RescalePipeline(2)).faults())
                .extracting(Problem.Fault::pointer)
                .containsExactly("/parallelism");
        assertThat(when(new RestartPipeline(PipelinePosition.earliest()))).hasSize(1);
        assertThat(nothing(new ReportPipelineReleased(3, null))).contains("starting");
        when(new DeletePipeline());
        assertThat(nothing(new ReportPipelineReleased(2, null))).contains("generation 3");
        assertThat(when(new ReportPipelineReleased(3, null))).containsExactly(new PipelineReleased(3, null));
    }

    private void running() {
        assertThat(when(new ReportPipelineRunning(1))).hasExactlyElementsOfTypes(PipelineRunning.class);
    }

    private List<PipelineEvent> when(PipelineCommand command) {
        Decision<PipelineEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        List<PipelineEvent> events = ((Decision.Accepted<PipelineEvent>) decision).events();
        events.forEach(event -> state = decider.evolve(state, event));
        return events;
    }

    private Problem refused(PipelineCommand command) {
        return ((Decision.Rejected<PipelineEvent>) decide(command)).problem();
    }

    private String nothing(PipelineCommand command) {
        return ((Decision.NoEffect<PipelineEvent>) decide(command)).reason();
    }

    private Decision<PipelineEvent> decide(PipelineCommand command) {
        return decider.decide(command, state, new Context(now, () -> "id", actor, quota));
    }
}
