package io.fjord.contract.ingest.eventstream;

import org.jspecify.annotations.Nullable;

/**
 * How an event stream is.
 *
 * @param schema what the data of its events must be; null: any JSON
 * @param key JSON pointer to the field that is the record's key; null: the CloudEvents attribute partitionkey, else subject
 * @param retentionHours events are kept so long
 * @param table where a pipeline brings them, {@code catalog.namespace.table}; null: nowhere
 * @param deduplicationMinutes an event of the same source and id within so long is the same event; 0: never
 * @param quota null: no limit
 */
public record StreamSettings(
        @Nullable SchemaReference schema,
        @Nullable String key,
        int partitions,
        int retentionHours,
        @Nullable String table,
        EvolutionPolicy evolution,
        DeadLetterPolicy deadLetters,
        int deduplicationMinutes,
        @Nullable ProducerQuota quota) {}
