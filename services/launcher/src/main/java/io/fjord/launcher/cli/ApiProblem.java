package io.fjord.launcher.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** The API said no, with the reason and what to do about it. */
public final class ApiProblem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    ApiProblem(int status, String message) {
        super(message);
        this.status = status;
    }

    /** From a problem document (RFC 9457). */
    static ApiProblem of(int status, JsonNode problem) {
        var title = problem.path("title").asText("Answer " + status);
        var text = new StringBuilder(title);
        if (problem.hasNonNull("detail") && !problem.path("detail").asText().equals(title)) {
            text.append(". ").append(problem.path("detail").asText());
        }
        for (var error : problem.path("errors")) {
            text.append("\n  ")
                    .append(error.path("pointer").asText())
                    .append(": ")
                    .append(error.path("detail").asText());
        }
        return new ApiProblem(status, text.toString().replace("..", "."));
    }

    public int status() {
        return status;
    }
}
