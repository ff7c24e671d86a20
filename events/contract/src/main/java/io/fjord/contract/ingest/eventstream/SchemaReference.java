package io.fjord.contract.ingest.eventstream;

/**
 * One version of a schema in the stream's domain.
 *
 * @param subject its name
 */
public record SchemaReference(String subject, int version) {}
