package io.fjord.platform.access.opa;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.SecondOpinion;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets an Open Policy Agent decide reads, too: of one thing it is asked for {@code fjord/allow}, of the things of a list at once for
 * {@code fjord/each}, an array of yes and no in the order of {@code input.requests}. One that does not answer, or not so, refuses.
 */
public final class OpaOpinion implements SecondOpinion {

    private static final Logger log = LoggerFactory.getLogger(OpaOpinion.class);

    /** An agent decides so many in a few tenths of a second. */
    private static final int MOST_AT_ONCE = 500;

    private final OpaClient opa;
    private final Clock clock;

    public OpaOpinion(OpaClient opa, Clock clock) {
        this.opa = opa;
        this.clock = clock;
    }

    /** Piece after piece, so that one list does not keep an agent from all others. */
    @Override
    public Future<List<Boolean>> of(List<AccessRequest> requests) {
        List<Boolean> all = new ArrayList<>();
        Future<Void> asked = Future.succeededFuture();
        for (int from = 0; from < requests.size(); from += MOST_AT_ONCE) {
            List<AccessRequest> piece = requests.subList(from, Math.min(requests.size(), from + MOST_AT_ONCE));
            asked = asked.compose(ok -> piece(piece)).map(answers -> {
                all.addAll(answers);
                return null;
            });
        }
        return asked.map(all);
    }

    private Future<List<Boolean>> piece(List<AccessRequest> requests) {
        Instant now = clock.instant();
        Future<Optional<JsonNode>> answer = requests.size() == 1
                ? opa.data("fjord/allow", input(requests.get(0), now))
                : opa.data(
                        "fjord/each",
                        Map.of(
                                "requests",
                                requests.stream()
                                        .map(request -> input(request, now))
                                        .toList()));
        return answer.map(found -> answers(requests, found)).otherwise(failure -> {
            log.atWarn().setCause(failure).log("The Open Policy Agent does not answer, and nobody else decides");
            return no(requests.size());
        });
    }

    private static Map<String, Object> input(AccessRequest request, Instant now) {
        return OpaQuestions.input(request, now);
    }

    private static List<Boolean> answers(List<AccessRequest> requests, Optional<JsonNode> found) {
        if (requests.size() == 1) {
            return List.of(found.map(answer -> answer.asBoolean(false)).orElse(false));
        }
        if (found.isEmpty() || !found.get().isArray() || found.get().size() != requests.size()) {
            log.atWarn().log("The Open Policy Agent has no rule fjord.each that answers many requests at once");
            return no(requests.size());
        }
        List<Boolean> answers = new ArrayList<>();
        found.get().forEach(answer -> answers.add(answer.isBoolean() && answer.booleanValue()));
        return answers;
    }

    private static List<Boolean> no(int times) {
        return Collections.nCopies(times, false);
    }
}
