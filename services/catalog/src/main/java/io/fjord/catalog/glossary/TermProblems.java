package io.fjord.catalog.glossary;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;

/** Every no a term can meet. */
final class TermProblems {

    private TermProblems() {}

    static Problem notFound(Address term) {
        return Problem.of(
                "term-not-found",
                404,
                "No such term",
                "There is no term '" + term.name() + "' in the glossary of domain '" + term.domain()
                        + "'. List them at /api/v1/terms, or create it.");
    }

    static Problem alreadyExists(String name) {
        return Problem.of(
                "term-already-exists",
                409,
                "Term already exists",
                "There is a term '" + name + "' already. Choose another name, or change that one.");
    }

    static Problem noParent(Address term) {
        return Problem.of(
                "term-parent-missing",
                409,
                "The term above it is missing",
                "'" + term.name() + "' lies below '" + Term.parent(term.name())
                        + "', which is not there. Create or restore that one first.");
    }

    static Problem hasChildren(Address term, long children) {
        return Problem.of(
                "term-has-children",
                409,
                "Terms lie below it",
                (children == 1 ? "1 term lies" : children + " terms lie") + " below '" + term.name()
                        + "'. Delete those first.");
    }
}
