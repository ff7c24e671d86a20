package io.fjord.operator;

import io.fjord.contract.Address;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.kernel.Secrets;
import io.fjord.operator.DesiredPipelines.Desired;
import io.fjord.operator.DriverSettings.Unresolved;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The passwords of source databases, asked for once for each start of a pipeline: a changed one is used from the next start. All state
 * is touched on one Vert.x context.
 */
final class SourcePasswords {

    private final Secrets secrets;
    private final Map<Start, Future<String>> known = new HashMap<>();

    private record Start(String id, long generation) {}

    SourcePasswords(Secrets secrets) {
        this.secrets = secrets;
    }

    /**
     * What is known for a pipeline now, asking for what is not.
     *
     * @return fails with {@link Unresolved} if it cannot be had, or with what passes with time
     */
    Future<Optional<String>> of(Desired pipeline) {
        DatabaseSource source = pipeline.spec().source().database();
        if (source == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Start start = new Start(pipeline.id(), pipeline.generation());
        Future<String> asked = known.get(start);
        if (asked == null || asked.failed()) {
            Address address = source.password().in(pipeline.address().domain());
            asked = secrets.resolve(address, pipeline.owner())
                    .map(value -> value.reveal())
                    .recover(failure -> Future.failedFuture(told(failure)));
            known.put(start, asked);
        }
        return asked.map(Optional::of);
    }

    private static Throwable told(Throwable failure) {
        return failure instanceof ProblemException problem && problem.problem().status() < 500
                ? new Unresolved("The password of its database cannot be had: "
                        + problem.problem().detail())
                : failure;
    }

    /** Forgets those of pipelines that are no more. */
    void keep(List<Desired> pipelines) {
        Set<Start> starts = new HashSet<>();
        pipelines.forEach(pipeline -> starts.add(new Start(pipeline.id(), pipeline.generation())));
        known.keySet().retainAll(starts);
    }
}
