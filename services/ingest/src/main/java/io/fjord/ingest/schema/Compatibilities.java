package io.fjord.ingest.schema;

import io.fjord.contract.Problem.Fault;
import io.fjord.contract.ingest.schema.Compatibility;
import io.fjord.ingest.schema.EventSchema.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a new version of a schema must be to those before. */
final class Compatibilities {

    private static final Set<Compatibility> BACKWARD = Set.of(
            Compatibility.BACKWARD,
            Compatibility.BACKWARD_TRANSITIVE,
            Compatibility.FULL,
            Compatibility.FULL_TRANSITIVE);
    private static final Set<Compatibility> FORWARD = Set.of(
            Compatibility.FORWARD, Compatibility.FORWARD_TRANSITIVE, Compatibility.FULL, Compatibility.FULL_TRANSITIVE);
    private static final Set<Compatibility> TRANSITIVE =
            Set.of(Compatibility.BACKWARD_TRANSITIVE, Compatibility.FORWARD_TRANSITIVE, Compatibility.FULL_TRANSITIVE);

    private Compatibilities() {}

    /**
     * What stands against it.
     *
     * @param before the newest last; those that count
     */
    static List<Fault> faults(Compatibility demanded, Version candidate, List<Version> before) {
        List<Fault> faults = new ArrayList<>();
        if (before.isEmpty() || demanded == Compatibility.NONE) {
            return faults;
        }
        Definition wanted = Definition.read(candidate.format(), candidate.definition());
        int first = TRANSITIVE.contains(demanded) ? 0 : before.size() - 1;
        for (Version version : before.subList(first, before.size())) {
            if (version.format() != candidate.format()) {
                faults.add(new Fault("/format", "version " + version.number() + " is written in " + version.format()));
                continue;
            }
            Definition there = Definition.read(version.format(), version.definition());
            if (BACKWARD.contains(demanded)) {
                for (String reason : wanted.whyNotReading(there)) {
                    faults.add(new Fault(
                            "/definition", "cannot read what version " + version.number() + " wrote: " + reason));
                }
            }
            if (FORWARD.contains(demanded)) {
                for (String reason : there.whyNotReading(wanted)) {
                    faults.add(new Fault(
                            "/definition", "version " + version.number() + " cannot read what it writes: " + reason));
                }
            }
        }
        return faults;
    }
}
