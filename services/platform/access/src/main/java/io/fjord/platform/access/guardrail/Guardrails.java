package io.fjord.platform.access.guardrail;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Clearance;
import io.fjord.contract.Clearance.Warning;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailChanged;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailCreated;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailDeleted;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailModeChanged;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import io.fjord.kernel.Finding;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Journals;
import io.fjord.kernel.Projection;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ProjectionRunner;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The guardrails of this process, kept up to date from the events of control-policies, and asked for each command before it is
 * decided. One that is only to be audited, or to warn, is told of; one that is enforced refuses, also when it fails.
 */
public final class Guardrails implements Guard {

    private static final String SERVICE = "control-policies";

    /** So that a message stays one. */
    private static final int MOST_WARNINGS = 20;

    private final Map<Address, Guardrail> rules = new ConcurrentSkipListMap<>();
    private final RegoRules rego;
    private final Consumer<Tripped> told;
    private final Supplier<Future<Void>> known;

    /**
     * @param rego asked for guardrails in Rego
     * @param told of every command that one does not let pass, whatever its mode
     * @param known completes when the guardrails are known; commands wait for it
     */
    Guardrails(RegoRules rego, Consumer<Tripped> told, Supplier<Future<Void>> known) {
        this.rego = rego;
        this.told = told;
        this.known = known;
    }

    /** The guardrails of a process, for all its services; begins to read with {@link #start}. */
    public static final class View {

        private final ProjectionRunner runner;
        private final Guardrails guardrails;

        /**
         * @param rego asked for guardrails in Rego
         * @param told of every command that one does not let pass, whatever its mode
         */
        public View(
                Vertx vertx,
                KafkaConfig kafka,
                Journals journals,
                RegoRules rego,
                Consumer<Tripped> told,
                MeterRegistry metrics) {
            this.guardrails = new Guardrails(rego, told, this::caughtUp);
            this.runner = new ProjectionRunner(vertx, kafka, guardrails.new Fold(), journals, metrics);
        }

        /** A broker that is not there is waited for. */
        public View start() {
            runner.start();
            return this;
        }

        public Guard guard() {
            return guardrails;
        }

        /** @see ProjectionRunner#caughtUp */
        public Future<Void> caughtUp() {
            return runner.caughtUp();
        }

        public Future<Void> stop() {
            return runner.stop();
        }
    }

    @Override
    public Future<Optional<Problem>> check(CommandEnvelope<byte[]> command) {
        return examine(command, false).map(Finding::refusal);
    }

    @Override
    public Future<Finding> examine(CommandEnvelope<byte[]> command, boolean rehearsal) {
        return known.get().compose(ok -> judged(command, rehearsal));
    }

    private Future<Finding> judged(CommandEnvelope<byte[]> command, boolean rehearsal) {
        List<Guardrail> concerned =
                rules.values().stream().filter(rule -> rule.judges(command)).toList();
        if (concerned.isEmpty()) {
            return Future.succeededFuture(Finding.FINE);
        }
        return Future.all(concerned.stream().map(rule -> rule.judge(command)).toList())
                .map(verdicts -> finding(concerned, verdicts.list(), command, rehearsal));
    }

    /** Of a rehearsal nobody is told but who asked for it, and who asked is told of all. */
    private Finding finding(
            List<Guardrail> concerned, List<Verdict> verdicts, CommandEnvelope<byte[]> command, boolean rehearsal) {
        Optional<Problem> first = Optional.empty();
        List<Warning> warnings = new ArrayList<>();
        for (int i = 0; i < concerned.size(); i++) {
            Guardrail rule = concerned.get(i);
            Verdict verdict = verdicts.get(i);
            if (verdict.passed()) {
                continue;
            }
            if (!rehearsal) {
                told.accept(new Tripped(rule, command, verdict));
            }
            if (rule.mode() == GuardrailMode.ENFORCE && first.isEmpty()) {
                first = Optional.of(violated(rule, verdict));
            }
            if ((rule.mode() == GuardrailMode.WARN || rehearsal) && warnings.size() < MOST_WARNINGS) {
                warnings.add(new Warning(rule.address().toString(), rule.mode(), why(rule, verdict)));
            }
        }
        return new Finding(first, new Clearance(null, warnings));
    }

    private static String why(Guardrail rule, Verdict verdict) {
        return verdict.failure() == null
                ? rule.message()
                : rule.message() + " (It could not be evaluated, which counts as not passed: " + verdict.failure()
                        + ".)";
    }

    private static Problem violated(Guardrail rule, Verdict verdict) {
        return Problem.of(
                "guardrail-violated",
                403,
                "A guardrail does not let it pass",
                "Guardrail '" + rule.address().name() + "' of domain '"
                        + rule.address().domain() + "': " + why(rule, verdict)
                        + " Change what you wish for, or ask who looks after the guardrail; nothing was changed.");
    }

    /** Takes an event of a guardrail; others have no effect. */
    void apply(Address subject, Object event) {
        if (event instanceof GuardrailCreated made) {
            rules.put(
                    subject,
                    new Guardrail(
                            subject,
                            made.commandTypes(),
                            made.language(),
                            made.expression(),
                            made.mode(),
                            made.message(),
                            rego));
        } else if (event instanceof GuardrailChanged made) {
            rules.computeIfPresent(
                    subject,
                    (same, before) -> new Guardrail(
                            subject,
                            made.commandTypes(),
                            made.language(),
                            made.expression(),
                            before.mode(),
                            made.message(),
                            rego));
        } else if (event instanceof GuardrailModeChanged changed) {
            rules.computeIfPresent(subject, (same, before) -> before.in(changed.mode()));
        } else if (event instanceof GuardrailDeleted) {
            rules.remove(subject);
        }
    }

    private final class Fold implements Projection {

        private final MessageTypes types = new MessageTypes().add(SERVICE, "guardrail", GuardrailEvent.class);
        private volatile Position last = Position.START;

        @Override
        public String name() {
            return "guardrails";
        }

        @Override
        public Set<String> services() {
            return Set.of(SERVICE);
        }

        @Override
        public Future<Position> position(String service) {
            return Future.succeededFuture(last);
        }

        @Override
        public Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
            for (EventEnvelope<byte[]> event : events) {
                if (types.knows(event.type())) {
                    Guardrails.this.apply(event.subject(), types.read(event.type(), event.data()));
                }
                last = event.position();
            }
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> reset(String service) {
            rules.clear();
            last = Position.START;
            return Future.succeededFuture();
        }
    }
}
