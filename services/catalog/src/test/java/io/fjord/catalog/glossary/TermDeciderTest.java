package io.fjord.catalog.glossary;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.glossary.TermCommand;
import io.fjord.contract.catalog.glossary.TermCommand.ChangeTerm;
import io.fjord.contract.catalog.glossary.TermCommand.CreateTerm;
import io.fjord.contract.catalog.glossary.TermCommand.DeleteTerm;
import io.fjord.contract.catalog.glossary.TermCommand.RestoreTerm;
import io.fjord.contract.catalog.glossary.TermEvent;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TermDeciderTest {

    private static final CreateTerm CREATE = new CreateTerm("Revenue", null, List.of("turnover"));

    private final TermDecider decider = new TermDecider();
    private Term revenue =
            Term.none(new Address("default", "term", "finance.revenue")).around(true, 0);

    private Decision<TermEvent> decide(TermCommand command) {
        return decider.decide(
                command, revenue, new Context(Instant.EPOCH, () -> "t1", "user:ana", Quota.unlimited("default")));
    }

    private void accepted(TermCommand command) {
        Decision<TermEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        ((Decision.Accepted<TermEvent>) decision).events().forEach(event -> revenue = decider.evolve(revenue, event));
    }

    private void refused(TermCommand command, String slug) {
        assertThat(((Decision.Rejected<TermEvent>) decide(command)).problem().type())
                .endsWith("/" + slug);
    }

    @Test
    void a_deleted_term_comes_back_as_it_was() {
        accepted(CREATE);
        refused(CREATE, "term-already-exists");
        accepted(new ChangeTerm("Net revenue", "after discounts", List.of()));
        Term before = revenue;
        accepted(new DeleteTerm());
        refused(new ChangeTerm("x", null, List.of()), "term-not-found");
        accepted(new RestoreTerm());
        assertThat(revenue).isEqualTo(before);
    }

    @Test
    void the_tree_has_no_gaps() {
        revenue = revenue.around(false, 0);
        refused(CREATE, "term-parent-missing");
        revenue = revenue.around(true, 0);
        accepted(CREATE);
        revenue = revenue.around(true, 2);
        refused(new DeleteTerm(), "term-has-children");
    }

    @Test
    void what_never_was_cannot_come_back() {
        refused(new RestoreTerm(), "term-not-found");
        refused(new DeleteTerm(), "term-not-found");
    }
}
