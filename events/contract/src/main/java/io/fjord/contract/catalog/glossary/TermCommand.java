package io.fjord.contract.catalog.glossary;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that can be wished of a term of the glossary; its address is {@code <domain>/term/<name>}, its name its place in the tree:
 * {@code finance.revenue} lies below {@code finance}.
 */
public sealed interface TermCommand {

    <R> R match(Cases<R> cases);

    /**
     * @param title as people write it: {@code Net revenue}
     * @param definition Markdown
     * @param synonyms other words for it, found as it is
     */
    record CreateTerm(String title, @Nullable String definition, List<String> synonyms) implements TermCommand {
        public CreateTerm {
            synonyms = List.copyOf(synonyms);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ChangeTerm(String title, @Nullable String definition, List<String> synonyms) implements TermCommand {
        public ChangeTerm {
            synonyms = List.copyOf(synonyms);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record DeleteTerm() implements TermCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Brings back what was deleted, as it was. */
    record RestoreTerm() implements TermCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateTerm command);

        R on(ChangeTerm command);

        R on(DeleteTerm command);

        R on(RestoreTerm command);
    }
}
