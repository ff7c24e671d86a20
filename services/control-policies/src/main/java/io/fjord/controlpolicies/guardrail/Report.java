package io.fjord.controlpolicies.guardrail;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.CommandEnvelope;
import io.fjord.platform.access.guardrail.Guardrail;
import io.fjord.platform.access.guardrail.Verdict;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a guardrail would have refused of the commands that were recorded, had it been enforced. */
final class Report {

    private static final int MOST_EXAMPLES = 100;

    private final Guardrail guardrail;
    private final Instant from;
    private final List<Example> examples = new ArrayList<>();
    private final TreeMap<String, Long> byActor = new TreeMap<>();
    private long commands;
    private long concerned;
    private long refused;
    private long failed;

    Report(Guardrail guardrail, Instant from) {
        this.guardrail = guardrail;
        this.from = from;
    }

    /** @param failure why it could not be evaluated, if that is why it is refused */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Example(
            String id,
            String type,
            String subject,
            String actor,
            Instant time,
            @Nullable String failure) {}

    /**
     * @param commands all that were read
     * @param concerned those it is about
     * @param refused those it does not let pass
     * @param failed those of them it cannot be evaluated for
     * @param byActor how many of each actor's it refuses
     * @param examples the first of them
     */
    record Summary(
            String guardrail,
            Instant from,
            long commands,
            long concerned,
            long refused,
            long failed,
            TreeMap<String, Long> byActor,
            List<Example> examples) {}

    /** Takes them in order. */
    Future<Void> add(List<CommandEnvelope<byte[]>> batch) {
        commands += batch.size();
        List<CommandEnvelope<byte[]>> judged =
                batch.stream().filter(guardrail::judges).toList();
        if (judged.isEmpty()) {
            return Future.succeededFuture();
        }
        return Future.all(judged.stream().map(guardrail::judge).toList()).map(done -> {
            for (int i = 0; i < judged.size(); i++) {
                count(judged.get(i), done.resultAt(i));
            }
            return null;
        });
    }

    private void count(CommandEnvelope<byte[]> command, Verdict verdict) {
        concerned++;
        if (verdict.passed()) {
            return;
        }
        refused++;
        failed += verdict.failure() == null ? 0 : 1;
        byActor.merge(command.actor(), 1L, Long::sum);
        if (examples.size() < MOST_EXAMPLES) {
            examples.add(new Example(
                    command.id(),
                    command.type(),
                    command.subject().toString(),
                    command.actor(),
                    command.time(),
                    verdict.failure()));
        }
    }

    Summary summary() {
        return new Summary(
                guardrail.address().toString(),
                from,
                commands,
                concerned,
                refused,
                failed,
                byActor,
                List.copyOf(examples));
    }
}
