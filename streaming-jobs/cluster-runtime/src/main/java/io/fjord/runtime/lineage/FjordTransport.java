package io.fjord.runtime.lineage;

import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineageClientUtils;
import io.openlineage.client.transports.Transport;
import io.openlineage.client.transports.TransportBuilder;
import io.openlineage.client.transports.TransportConfig;

/** Hands what OpenLineage's agent finds to {@link Lineage}, at once: the agent never waits for a network. */
public final class FjordTransport extends Transport {

    static final String TYPE = "fjord";

    /** Called by the agent. */
    public static final class Builder implements TransportBuilder {

        /** There is nothing to set: where to and with what stands in the driver's own configuration. */
        public static final class Config implements TransportConfig {}

        @Override
        public String getType() {
            return TYPE;
        }

        @Override
        public TransportConfig getConfig() {
            return new Config();
        }

        @Override
        public Transport build(TransportConfig config) {
            return new FjordTransport();
        }
    }

    @Override
    public void emit(OpenLineage.RunEvent event) {
        var lineage = Lineage.running();
        if (lineage != null) {
            lineage.found(Told.parse(OpenLineageClientUtils.toJson(event)));
        }
    }

    /** Of datasets and jobs by themselves nothing flows. */
    @Override
    public void emit(OpenLineage.DatasetEvent event) {}

    @Override
    public void emit(OpenLineage.JobEvent event) {}
}
