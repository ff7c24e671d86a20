package io.fjord.contract.ingest.eventstream;

import org.jspecify.annotations.Nullable;

/**
 * What each identity may produce into a stream.
 *
 * @param eventsPerSecond null: no limit
 * @param bytesPerSecond of bodies as they were sent, unpacked; null: no limit
 */
public record ProducerQuota(
        @Nullable Long eventsPerSecond, @Nullable Long bytesPerSecond) {}
