package io.fjord.operator;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.core.pipeline.PipelineCommand;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineFailed;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineReleased;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineRunning;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineStopped;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.Ids;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Facts about pipelines as commands to core; the id is made of what the fact is about, so telling it twice is telling it once. */
final class PipelineReports {

    private final CommandLog commands;
    private final MessageTypes types;
    private final Clock clock;
    private final Set<String> sent = new HashSet<>();

    PipelineReports(CommandLog commands, MessageTypes types, Clock clock) {
        this.commands = commands;
        this.types = types;
        this.clock = clock;
    }

    Future<Void> running(Address pipeline, long generation) {
        return send(pipeline, generation, "running", new ReportPipelineRunning(generation));
    }

    Future<Void> stopped(Address pipeline, long generation) {
        return send(pipeline, generation, "stopped", new ReportPipelineStopped(generation));
    }

    Future<Void> failed(Address pipeline, long generation, String reason) {
        return send(pipeline, generation, "failed", new ReportPipelineFailed(generation, reason));
    }

    /** @param problem null if nothing is left there */
    Future<Void> released(Address pipeline, long generation, @Nullable String problem) {
        return send(pipeline, generation, "released", new ReportPipelineReleased(generation, problem));
    }

    private Future<Void> send(Address pipeline, long generation, String what, PipelineCommand report) {
        String id = Ids.of("report", pipeline.toString(), String.valueOf(generation), what);
        if (!sent.add(id)) {
            return Future.succeededFuture();
        }
        return commands.append(
                        "core",
                        new CommandEnvelope<>(
                                id,
                                types.typeOf(report),
                                "spark-operator",
                                clock.instant(),
                                pipeline,
                                "service:spark-operator",
                                id,
                                null,
                                null,
                                null,
                                Json.bytes(report)))
                .<Void>mapEmpty()
                .onFailure(failure -> sent.remove(id));
    }
}
