package io.fjord.contract.catalog.glossary;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a term of the glossary; its address is {@code <domain>/term/<name>}. */
public sealed interface TermEvent {

    <R> R match(Cases<R> cases);

    record TermCreated(String id, String title, @Nullable String definition, List<String> synonyms, Instant createdAt)
            implements TermEvent {
        public TermCreated {
            synonyms = List.copyOf(synonyms);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record TermChanged(String title, @Nullable String definition, List<String> synonyms) implements TermEvent {
        public TermChanged {
            synonyms = List.copyOf(synonyms);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record TermDeleted() implements TermEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record TermRestored() implements TermEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(TermCreated event);

        R on(TermChanged event);

        R on(TermDeleted event);

        R on(TermRestored event);
    }
}
