package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Where a pipeline reads: one of the three is given.
 *
 * @param stream name of an event stream of the domain
 * @param topic a Kafka topic whose values are JSON objects
 * @param database a table of somebody's own database
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PipelineSource(
        @Nullable String stream,
        @Nullable String topic,
        @Nullable DatabaseSource database) {

    /** Without a database. */
    public PipelineSource(@Nullable String stream, @Nullable String topic) {
        this(stream, topic, null);
    }
}
