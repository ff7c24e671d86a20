package io.fjord.catalog.glossary;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.catalog.glossary.TermCommand;
import io.fjord.contract.catalog.glossary.TermEvent;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import java.util.List;
import java.util.Set;

/** The glossary: what it is made of. */
public final class TermCapability implements Capability {

    private final TermStore store = new TermStore();
    private final Aggregate<TermCommand, Term, TermEvent> aggregate =
            new Aggregate<>(Term.KIND, TermCommand.class, TermEvent.class, new TermDecider(), store, Set.of());

    @Override
    public void register(MessageTypes types) {
        types.add("catalog", "glossary", TermCommand.class).add("catalog", "glossary", TermEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }

    Aggregate<TermCommand, Term, TermEvent> aggregate() {
        return aggregate;
    }

    TermStore store() {
        return store;
    }
}
