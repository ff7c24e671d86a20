package io.fjord.catalog.glossary;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.glossary.TermEvent;
import io.fjord.contract.catalog.glossary.TermEvent.TermChanged;
import io.fjord.contract.catalog.glossary.TermEvent.TermCreated;
import io.fjord.contract.catalog.glossary.TermEvent.TermDeleted;
import io.fjord.contract.catalog.glossary.TermEvent.TermRestored;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A word of the business and what it means, as its events left it.
 *
 * @param id empty until it was created once; then stable
 * @param parentThere whether the term above it is there; true for one at the top; false where it was made of events
 * @param children how many terms lie directly below it; 0 where it was made of events
 */
public record Term(
        Address address,
        boolean exists,
        String id,
        String title,
        @Nullable String definition,
        List<String> synonyms,
        Instant createdAt,
        boolean parentThere,
        long children)
        implements Thing, TermEvent.Cases<Term> {

    public static final String KIND = "term";

    public static Term none(Address address) {
        return new Term(address, false, "", "", null, List.of(), Instant.EPOCH, false, 0);
    }

    Term around(boolean parent, long below) {
        return new Term(address, exists, id, title, definition, synonyms, createdAt, parent, below);
    }

    /** The name of the term above; null at the top. */
    public static @Nullable String parent(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? null : name.substring(0, dot);
    }

    @Override
    public Term on(TermCreated event) {
        return new Term(
                address,
                true,
                event.id(),
                event.title(),
                event.definition(),
                event.synonyms(),
                event.createdAt(),
                parentThere,
                children);
    }

    @Override
    public Term on(TermChanged event) {
        return new Term(
                address,
                true,
                id,
                event.title(),
                event.definition(),
                event.synonyms(),
                createdAt,
                parentThere,
                children);
    }

    @Override
    public Term on(TermDeleted event) {
        return new Term(address, false, id, title, definition, synonyms, createdAt, parentThere, children);
    }

    @Override
    public Term on(TermRestored event) {
        return new Term(address, true, id, title, definition, synonyms, createdAt, parentThere, children);
    }
}
