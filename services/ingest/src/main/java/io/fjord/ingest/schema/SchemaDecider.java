package io.fjord.ingest.schema;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.ingest.schema.Compatibility;
import io.fjord.contract.ingest.schema.SchemaCommand;
import io.fjord.contract.ingest.schema.SchemaCommand.ChangeCompatibility;
import io.fjord.contract.ingest.schema.SchemaCommand.DeleteSchema;
import io.fjord.contract.ingest.schema.SchemaCommand.RegisterSchema;
import io.fjord.contract.ingest.schema.SchemaEvent;
import io.fjord.contract.ingest.schema.SchemaEvent.CompatibilityChanged;
import io.fjord.contract.ingest.schema.SchemaEvent.SchemaDeleted;
import io.fjord.contract.ingest.schema.SchemaEvent.SchemaRegistered;
import io.fjord.ingest.schema.EventSchema.Version;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.List;

/** The rules of schemas of events. */
final class SchemaDecider implements Decider<SchemaCommand, EventSchema, SchemaEvent> {

    static final int MOST_VERSIONS = 200;

    @Override
    public EventSchema initial(Address subject) {
        return EventSchema.absent(subject);
    }

    @Override
    public EventSchema evolve(EventSchema state, SchemaEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<SchemaEvent> decide(SchemaCommand command, EventSchema state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(EventSchema schema, Context context) implements SchemaCommand.Cases<Decision<SchemaEvent>> {

        @Override
        public Decision<SchemaEvent> on(RegisterSchema command) {
            try {
                Definition.read(command.format(), command.definition());
            } catch (Definition.Unreadable e) {
                return Decision.reject(SchemaProblems.unreadable(String.valueOf(e.getMessage())));
            }
            Compatibility demanded = command.compatibility() == null ? schema.compatibility() : command.compatibility();
            Version wanted = new Version(schema.next(), command.format(), command.definition(), context.now());
            List<Version> before = schema.there() ? schema.counting() : List.of();
            if (!before.isEmpty() && says(before.get(before.size() - 1), wanted)) {
                return demanded == schema.compatibility()
                        ? Decision.noEffect("Its last version says just that")
                        : Decision.accept(new CompatibilityChanged(demanded));
            }
            if (schema.versions().size() >= MOST_VERSIONS) {
                return Decision.reject(SchemaProblems.tooManyVersions(schema.address(), MOST_VERSIONS));
            }
            List<Fault> faults = Compatibilities.faults(demanded, wanted, before);
            if (!faults.isEmpty()) {
                return Decision.reject(SchemaProblems.incompatible(schema.address(), demanded, faults));
            }
            return Decision.accept(new SchemaRegistered(
                    schema.id().isEmpty() ? context.newId().get() : schema.id(),
                    wanted.number(),
                    wanted.format(),
                    wanted.definition(),
                    demanded,
                    context.now()));
        }

        private static boolean says(Version last, Version wanted) {
            return last.format() == wanted.format() && last.definition().equals(wanted.definition());
        }

        @Override
        public Decision<SchemaEvent> on(ChangeCompatibility command) {
            if (!schema.there()) {
                return Decision.reject(SchemaProblems.notFound(schema.address()));
            }
            return schema.compatibility() == command.compatibility()
                    ? Decision.noEffect("It is held to just that already")
                    : Decision.accept(new CompatibilityChanged(command.compatibility()));
        }

        @Override
        public Decision<SchemaEvent> on(DeleteSchema command) {
            return schema.there()
                    ? Decision.accept(new SchemaDeleted())
                    : Decision.reject(SchemaProblems.notFound(schema.address()));
        }
    }
}
