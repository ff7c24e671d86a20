package io.fjord.contract.ingest.schema;

import org.jspecify.annotations.Nullable;

/** All that can be wished of a schema of events. */
public sealed interface SchemaCommand {

    <R> R match(Cases<R> cases);

    /**
     * The first version, or the next one if it is compatible.
     *
     * @param definition the text of a JSON Schema, of an Avro schema in JSON, or of a .proto file
     * @param compatibility demanded from now on; null: as it is, of a new one BACKWARD
     */
    record RegisterSchema(
            SchemaFormat format,
            String definition,
            @Nullable Compatibility compatibility) implements SchemaCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** What the next version is held to; those that are there stay. */
    record ChangeCompatibility(Compatibility compatibility) implements SchemaCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Take it away; event streams that name one of its versions go on with it. */
    record DeleteSchema() implements SchemaCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(RegisterSchema command);

        R on(ChangeCompatibility command);

        R on(DeleteSchema command);
    }
}
