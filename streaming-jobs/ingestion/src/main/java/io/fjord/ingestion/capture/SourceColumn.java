package io.fjord.ingestion.capture;

/**
 * A column of a source table that is carried over.
 *
 * @param type of Iceberg
 * @param filled rows that were there before the column have something in it, which no change tells
 */
public record SourceColumn(String name, String type, boolean filled) {}
