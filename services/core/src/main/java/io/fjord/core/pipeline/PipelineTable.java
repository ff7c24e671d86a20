package io.fjord.core.pipeline;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.core.pipeline.PipelineDecider.NamedPipeline;
import io.fjord.platform.sql.Table;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pipelines as rows of {@code core.pipeline}. */
final class PipelineTable implements Table<NamedPipeline> {

    static final String KIND = "pipeline";

    @Override
    public String table() {
        return "core.pipeline";
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<String> columns() {
        return List.of("id", "spec", "owner", "created_micros", "generation", "state", "detail");
    }

    @Override
    public List<@Nullable Object> values(NamedPipeline named) {
        Pipeline pipeline = named.pipeline();
        return Arrays.asList(
                pipeline.id(),
                Json.text(pipeline.spec()),
                pipeline.owner(),
                Table.micros(pipeline.createdAt()),
                pipeline.generation(),
                pipeline.lifecycle().label(),
                Json.text(pipeline.lifecycle()));
    }

    @Override
    public NamedPipeline read(Address address, Row row) {
        return new NamedPipeline(
                address,
                new Pipeline(
                        row.getString("id"),
                        Json.read(row.getString("spec"), PipelineSpec.class),
                        row.getString("owner"),
                        Table.time(row.getLong("created_micros")),
                        row.getLong("generation"),
                        Json.read(row.getString("detail"), PipelineLifecycle.ofLabel(row.getString("state")))));
    }

    @Override
    public boolean exists(NamedPipeline named) {
        return named.pipeline().exists();
    }

    @Override
    public String existing() {
        return "state <> 'deleted'";
    }
}
