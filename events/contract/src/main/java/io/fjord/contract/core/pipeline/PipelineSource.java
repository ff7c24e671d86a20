package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Where a pipeline reads: one of the two is given.
 *
 * @param stream name of an event stream of the domain
 * @param topic a Kafka topic whose values are JSON objects
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PipelineSource(
        @Nullable String stream, @Nullable String topic) {}
