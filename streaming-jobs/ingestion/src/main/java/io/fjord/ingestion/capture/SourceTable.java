package io.fjord.ingestion.capture;

import java.util.List;

/**
 * A source table as it is now.
 *
 * @param key the columns of its primary key, in order
 */
record SourceTable(List<SourceColumn> columns, List<String> key) {}
