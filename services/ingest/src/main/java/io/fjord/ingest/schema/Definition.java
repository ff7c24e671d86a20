package io.fjord.ingest.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.ingest.schema.SchemaFormat;
import java.util.List;

/** A schema that was read: what data must be, and whether one can read what another wrote. */
public interface Definition {

    /** The text is none. */
    final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unreadable(String why) {
            super(why, null, false, false);
        }
    }

    /**
     * What is wrong with data, by JSON pointer; empty if nothing is.
     *
     * @param grows fields it does not know are no fault
     */
    List<Fault> faults(JsonNode data, boolean grows);

    /**
     * Why data written by the other cannot be read with this; empty if all of it can. What cannot be told is a reason too.
     *
     * @param writer of the same format
     */
    List<String> whyNotReading(Definition writer);

    /** @throws Unreadable with what is wrong */
    static Definition read(SchemaFormat format, String text) {
        return switch (format) {
            case JSON_SCHEMA -> JsonSchemaDefinition.read(text);
            case AVRO -> AvroDefinition.read(text);
            case PROTOBUF -> ProtobufDefinition.read(text);
        };
    }
}
