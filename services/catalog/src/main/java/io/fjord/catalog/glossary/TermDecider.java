package io.fjord.catalog.glossary;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.glossary.TermCommand;
import io.fjord.contract.catalog.glossary.TermCommand.ChangeTerm;
import io.fjord.contract.catalog.glossary.TermCommand.CreateTerm;
import io.fjord.contract.catalog.glossary.TermCommand.DeleteTerm;
import io.fjord.contract.catalog.glossary.TermCommand.RestoreTerm;
import io.fjord.contract.catalog.glossary.TermEvent;
import io.fjord.contract.catalog.glossary.TermEvent.TermChanged;
import io.fjord.contract.catalog.glossary.TermEvent.TermCreated;
import io.fjord.contract.catalog.glossary.TermEvent.TermDeleted;
import io.fjord.contract.catalog.glossary.TermEvent.TermRestored;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.Objects;

/** The rules of a term. Its name is its place in the tree, so there are no circles. */
final class TermDecider implements Decider<TermCommand, Term, TermEvent> {

    @Override
    public Term initial(Address subject) {
        return Term.none(subject);
    }

    @Override
    public Term evolve(Term state, TermEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<TermEvent> decide(TermCommand command, Term state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(Term term, Context context) implements TermCommand.Cases<Decision<TermEvent>> {

        @Override
        public Decision<TermEvent> on(CreateTerm wish) {
            if (term.exists()) {
                return Decision.reject(TermProblems.alreadyExists(term.address().name()));
            }
            if (!term.parentThere()) {
                return Decision.reject(TermProblems.noParent(term.address()));
            }
            String id = term.id().isEmpty() ? context.newId().get() : term.id();
            return Decision.accept(
                    new TermCreated(id, wish.title(), wish.definition(), wish.synonyms(), context.now()));
        }

        @Override
        public Decision<TermEvent> on(ChangeTerm wish) {
            if (!term.exists()) {
                return missing();
            }
            return term.title().equals(wish.title())
                            && Objects.equals(term.definition(), wish.definition())
                            && term.synonyms().equals(wish.synonyms())
                    ? Decision.noEffect("It is so already")
                    : Decision.accept(new TermChanged(wish.title(), wish.definition(), wish.synonyms()));
        }

        @Override
        public Decision<TermEvent> on(DeleteTerm wish) {
            if (!term.exists()) {
                return missing();
            }
            return term.children() > 0
                    ? Decision.reject(TermProblems.hasChildren(term.address(), term.children()))
                    : Decision.accept(new TermDeleted());
        }

        @Override
        public Decision<TermEvent> on(RestoreTerm wish) {
            if (term.exists()) {
                return Decision.noEffect("It is there");
            }
            if (term.id().isEmpty()) {
                return missing();
            }
            return term.parentThere()
                    ? Decision.accept(new TermRestored())
                    : Decision.reject(TermProblems.noParent(term.address()));
        }

        private Decision<TermEvent> missing() {
            return Decision.reject(TermProblems.notFound(term.address()));
        }
    }
}
