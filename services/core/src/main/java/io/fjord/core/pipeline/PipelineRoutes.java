package io.fjord.core.pipeline;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.Topics;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.core.pipeline.PipelineCommand;
import io.fjord.contract.core.pipeline.PipelineCommand.ChangePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.CreatePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.DeletePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.HandOverPipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.PausePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.RescalePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.RestartPipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.StartPipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.StopPipeline;
import io.fjord.contract.core.pipeline.PipelineEngine;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.PipelineTransform;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.Watermark;
import io.fjord.core.domain.DomainQueries;
import io.fjord.core.pipeline.PipelineDecider.NamedPipeline;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Pipelines over HTTP: wishes become commands, reads come from rows or, as of then, from the journal. */
public final class PipelineRoutes {

    private static final int FRESHNESS_SECONDS = 10;

    private final DomainQueries domains;
    private final Listing<NamedPipeline> listing;
    private final ThingRoutes<NamedPipeline> pipelines;

    public PipelineRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            DomainQueries domains,
            PipelineCapability capability,
            PipelineProgress progress,
            MessageTypes types) {
        this.domains = domains;
        this.listing = capability.listing(metastore, types);
        this.pipelines = new ThingRoutes<>(
                commands,
                metastore,
                reads,
                listing,
                stored -> PipelineView.of(stored, progress),
                address -> PipelineProblems.notFound(address.domain(), address.name()));
    }

    public void install(Api api) {
        api.on("createPipeline", this::create)
                .on(
                        "changePipeline",
                        call -> change(call, call.body(Change.class).command()))
                .on(
                        "rescalePipeline",
                        call -> change(
                                call, new RescalePipeline(call.body(Scale.class).parallelism())))
                .on("startPipeline", call -> change(call, new StartPipeline()))
                .on("pausePipeline", call -> change(call, new PausePipeline()))
                .on("stopPipeline", call -> change(call, new StopPipeline()))
                .on("restartPipeline", this::restart)
                .on(
                        "handOverPipeline",
                        call -> change(
                                call,
                                new HandOverPipeline(call.body(Owner.class).owner())))
                .on(
                        "deletePipeline",
                        call -> inDomain(call)
                                .compose(ok -> pipelines.remove(call, address(call), new DeletePipeline())))
                .on("getPipeline", call -> inDomain(call).compose(ok -> pipelines.get(call, address(call))))
                .on("listPipelines", this::list)
                .on("getPipelineHistory", call -> inDomain(call).compose(ok -> pipelines.history(call, address(call))));
    }

    private record Create(
            String name,
            PipelineSource source,
            PipelineTarget target,
            @Nullable PipelineMode mode,
            @Nullable List<String> keys,
            @Nullable SchemaEvolution evolution,
            @Nullable Integer freshnessSeconds,
            @Nullable Watermark watermark,
            @Nullable Integer parallelism,
            @Nullable PipelineEngine engine,
            @Nullable PipelineTransform transform,
            @Nullable PipelinePosition from) {

        PipelineSpec spec() {
            boolean database = source.database() != null;
            return new PipelineSpec(
                    source,
                    target,
                    Objects.requireNonNullElse(mode, database ? PipelineMode.UPSERT : PipelineMode.APPEND),
                    keys,
                    Objects.requireNonNullElse(
                            evolution, database ? SchemaEvolution.ADD_COLUMNS : SchemaEvolution.REFUSE),
                    Objects.requireNonNullElse(freshnessSeconds, FRESHNESS_SECONDS),
                    watermark,
                    Objects.requireNonNullElse(parallelism, 1),
                    Objects.requireNonNullElse(engine, PipelineEngine.DIRECT),
                    transform);
        }
    }

    private record Change(
            @Nullable SchemaEvolution evolution,
            @Nullable Integer freshnessSeconds,
            @Nullable Watermark watermark,
            @Nullable PipelineTransform transform) {

        PipelineCommand command() {
            return new ChangePipeline(evolution, freshnessSeconds, watermark, transform);
        }
    }

    private record Scale(int parallelism) {}

    private record Owner(String owner) {}

    // Wishes

    /** Who creates it must be allowed to read there and write here; that it still may write is asked at each commit. */
    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        Address address = new Address(call.domain(), PipelineTable.KIND, body.name());
        call.require(address);
        PipelineSpec spec = body.spec();
        refuse(PipelineFaults.of(spec, body.from()));
        requireSource(call, spec.source());
        call.require("table:write", table(call.domain(), spec.target()));
        return inDomain(call)
                .compose(ok -> pipelines.create(
                        call, address, new CreatePipeline(spec, body.from()), "/api/v1/pipelines/" + address.name()));
    }

    private Future<Reply> restart(Call call) {
        PipelinePosition from = call.body(PipelinePosition.class);
        refuse(PipelineFaults.of(from));
        return change(call, new RestartPipeline(from));
    }

    private Future<Reply> change(Call call, PipelineCommand command) {
        return inDomain(call).compose(ok -> pipelines.change(call, address(call), command));
    }

    private static void requireSource(Call call, PipelineSource source) {
        if (source.database() != null) {
            call.require("secret:use", source.database().password().in(call.domain()));
        } else if (source.stream() != null) {
            call.require("event-stream:read", new Address(call.domain(), "event-stream", source.stream()));
        } else if (Topics.AUDIT_LOG.equals(source.topic())) {
            call.require("audit:export", new Address("platform", "audit", "log"));
        } else if (source.topic() != null) {
            call.require("topic:read", new Address(call.domain(), "topic", source.topic()));
        }
    }

    private static Address table(String domain, PipelineTarget target) {
        return new EntryName(
                        target.catalogOrDefault(), List.of(target.namespace().split("\\.")), target.table())
                .in(domain, "table");
    }

    private static void refuse(List<Fault> faults) {
        if (!faults.isEmpty()) {
            throw HttpProblems.invalidRequest(faults);
        }
    }

    // Reads

    private Future<Reply> list(Call call) {
        Where<NamedPipeline> where = Where.all();
        Optional<String> state = call.query("state");
        if (state.isPresent()) {
            where = where.and(
                    "state = ?",
                    List.of(state.get()),
                    named -> named.pipeline().lifecycle().label().equals(state.get()));
        }
        Listing<NamedPipeline> wanted = listing.where(where);
        return inDomain(call).compose(ok -> pipelines.list(call, call.domain(), wanted));
    }

    private static Address address(Call call) {
        return new Address(call.domain(), PipelineTable.KIND, call.path("name"));
    }

    private Future<Void> inDomain(Call call) {
        return domains.exists(call.domain())
                .compose(there -> there
                        ? Future.succeededFuture()
                        : Future.failedFuture(new ProblemException(DomainQueries.notFound(call.domain()))));
    }
}
