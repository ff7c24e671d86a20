package io.fjord.core.pipeline;

import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.kernel.Quota;
import java.util.List;

/** Every no a pipeline command can meet. */
final class PipelineProblems {

    private PipelineProblems() {}

    static Problem alreadyExists(String name) {
        return Problem.of(
                "pipeline-already-exists",
                409,
                "Pipeline already exists",
                "There is a pipeline called '" + name + "' already. Choose another name, or change that one.");
    }

    static Problem notFound(String domain, String name) {
        return Problem.of(
                "pipeline-not-found",
                404,
                "No such pipeline",
                "There is no pipeline called '" + name + "' in domain '" + domain
                        + "'. List them with 'GET /api/v1/pipelines', or create it.");
    }

    static Problem stillStopping(String name) {
        return Problem.of(
                "pipeline-stopping",
                409,
                "Pipeline is still stopping",
                "'" + name + "' writes what it has read. Start it once it is stopped; that takes at most two minutes.");
    }

    static Problem wrongChange(String name, List<Fault> faults) {
        return Problem.of(
                        "pipeline-change-refused",
                        422,
                        "The pipeline cannot become so",
                        "With this change '" + name + "' would be one that cannot be created. Correct what is named.")
                .withFaults(faults);
    }

    static Problem badOwner(String to) {
        return Problem.of(
                "hand-over-refused",
                422,
                "It cannot be handed over to that one",
                "A pipeline belongs to a user (user:ana) or a service account (service-account:nightly), not to '" + to
                        + "'.");
    }

    static Problem quotaExceeded(Quota quota, String resource) {
        Quota.Allowance allowance = quota.of(resource);
        return Problem.of(
                "quota-exceeded",
                409,
                "Quota of the domain is used up",
                "Domain '" + quota.domain() + "' may have " + allowance.limit() + " " + resource + " and has "
                        + allowance.used() + ". Delete one, or have the quota raised.");
    }
}
