package io.fjord.sql.result;

import io.fjord.contract.Problem;

/** A result that cannot be kept or shown; the problem says why and what to do. */
public final class ResultRefused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ResultRefused(Problem problem) {
        super(problem.title(), null, false, false);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
