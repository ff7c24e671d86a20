package io.fjord.core.pipeline;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.core.pipeline.PipelineCommand;
import io.fjord.contract.core.pipeline.PipelineEvent;
import io.fjord.contract.core.pipeline.PipelineObservation;
import io.fjord.core.pipeline.PipelineDecider.NamedPipeline;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Metastore;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Pipelines from event streams and topics into tables: what they are made of. */
public final class PipelineCapability implements Capability {

    private final RowStore<NamedPipeline> store = new RowStore<>(new PipelineTable());
    private final Aggregate<PipelineCommand, NamedPipeline, PipelineEvent> aggregate = new Aggregate<>(
            PipelineTable.KIND,
            PipelineCommand.class,
            PipelineEvent.class,
            new PipelineDecider(),
            store,
            Set.of(PipelineDecider.PIPELINES));

    Listing<NamedPipeline> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
    }

    public static MessageTypes messages(MessageTypes types) {
        return types.add("core", "pipeline", PipelineCommand.class).add("core", "pipeline", PipelineEvent.class);
    }

    /** Those the operator tells. */
    public static MessageTypes observations(MessageTypes types) {
        return types.add("spark-operator", "pipeline", PipelineObservation.class);
    }

    @Override
    public void register(MessageTypes types) {
        messages(types);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }
}
