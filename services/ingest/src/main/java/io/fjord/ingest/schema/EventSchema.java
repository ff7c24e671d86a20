package io.fjord.ingest.schema;

import io.fjord.contract.Address;
import io.fjord.contract.ingest.schema.Compatibility;
import io.fjord.contract.ingest.schema.SchemaEvent;
import io.fjord.contract.ingest.schema.SchemaEvent.CompatibilityChanged;
import io.fjord.contract.ingest.schema.SchemaEvent.SchemaDeleted;
import io.fjord.contract.ingest.schema.SchemaEvent.SchemaRegistered;
import io.fjord.contract.ingest.schema.SchemaFormat;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A schema of events with all its versions, as its events left it.
 *
 * @param id empty until it was created once; then stable, through deletion and re-creation
 * @param versions all there ever were, the newest last; those of before a deletion too, for streams go on with them
 * @param since the number of the first version that counts: of what was deleted, none does
 */
public record EventSchema(
        Address address, String id, boolean there, Compatibility compatibility, List<Version> versions, int since)
        implements Thing, SchemaEvent.Cases<EventSchema> {

    /** One version. */
    public record Version(int number, SchemaFormat format, String definition, Instant registeredAt) {}

    public EventSchema {
        versions = List.copyOf(versions);
    }

    static EventSchema absent(Address address) {
        return new EventSchema(address, "", false, Compatibility.BACKWARD, List.of(), 1);
    }

    /** Those a new one is held to. */
    List<Version> counting() {
        return versions.stream().filter(version -> version.number() >= since).toList();
    }

    int next() {
        return versions.isEmpty() ? 1 : versions.get(versions.size() - 1).number() + 1;
    }

    public Optional<Version> version(int number) {
        return versions.stream().filter(version -> version.number() == number).findFirst();
    }

    @Override
    public EventSchema on(SchemaRegistered event) {
        List<Version> more = new ArrayList<>(versions);
        more.add(new Version(event.version(), event.format(), event.definition(), event.registeredAt()));
        return new EventSchema(address, event.id(), true, event.compatibility(), more, there ? since : event.version());
    }

    @Override
    public EventSchema on(CompatibilityChanged event) {
        return new EventSchema(address, id, there, event.compatibility(), versions, since);
    }

    @Override
    public EventSchema on(SchemaDeleted event) {
        return new EventSchema(address, id, false, Compatibility.BACKWARD, versions, since);
    }
}
