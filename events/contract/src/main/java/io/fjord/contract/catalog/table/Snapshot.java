package io.fjord.contract.catalog.table;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A state of a table's data. Ids are text because they use all 64 bits, which JavaScript numbers do not have.
 *
 * @param operation {@code append}, {@code replace}, {@code overwrite} or {@code delete}
 * @param summary what the writer says of it: {@code added-records}, {@code total-data-files}, …
 */
public record Snapshot(
        String id,
        @Nullable String parentId,
        long sequenceNumber,
        Instant committedAt,
        String operation,
        Map<String, String> summary) {}
