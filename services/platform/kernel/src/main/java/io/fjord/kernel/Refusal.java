package io.fjord.kernel;

import io.fjord.contract.Problem;

/** A domain no on its way to the caller of a synchronous action, thrown before anything was written. */
public final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public Refusal(Problem problem) {
        super(problem.title(), null, false, false);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
