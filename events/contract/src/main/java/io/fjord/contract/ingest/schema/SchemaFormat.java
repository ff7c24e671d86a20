package io.fjord.contract.ingest.schema;

/** What a schema is written in. */
public enum SchemaFormat {
    /** Draft 2020-12, or what {@code $schema} says. */
    JSON_SCHEMA,
    AVRO,
    PROTOBUF
}
