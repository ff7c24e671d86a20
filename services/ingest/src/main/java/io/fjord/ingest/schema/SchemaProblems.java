package io.fjord.ingest.schema;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.ingest.schema.Compatibility;
import java.util.List;

/** Every no a schema command can meet. */
public final class SchemaProblems {

    private SchemaProblems() {}

    public static Problem notFound(Address schema) {
        return Problem.of(
                "schema-not-found",
                404,
                "No such schema",
                "There is no schema called '" + schema.name() + "' in domain '" + schema.domain()
                        + "'. List them at /api/v1/schemas?domain=" + schema.domain() + ".");
    }

    public static Problem noSuchVersion(Address schema, int version) {
        return Problem.of(
                "schema-not-found",
                404,
                "No such schema",
                "Schema '" + schema.name() + "' of domain '" + schema.domain() + "' has no version " + version
                        + ". Read /api/v1/schemas/" + schema.name() + "?domain=" + schema.domain()
                        + " for those it has.");
    }

    static Problem unreadable(String why) {
        return Problem.of(
                        "schema-unreadable",
                        422,
                        "The schema cannot be read",
                        why + ". Correct the definition, or say another format.")
                .withFaults(List.of(new Fault("/definition", why)));
    }

    static Problem incompatible(Address schema, Compatibility demanded, List<Fault> faults) {
        return Problem.of(
                        "schema-incompatible",
                        409,
                        "The schema does not fit its versions before",
                        "Schema '" + schema.name() + "' is held to " + demanded + ", and " + faults.size()
                                + " things stand against it, named under errors. Change the definition, register it under"
                                + " another name, or change the compatibility.")
                .withFaults(faults);
    }

    static Problem tooManyVersions(Address schema, int most) {
        return Problem.of(
                "schema-full",
                409,
                "The schema has as many versions as it can",
                "Schema '" + schema.name() + "' has " + most + " versions. Register it under another name.");
    }
}
