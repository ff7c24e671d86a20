package io.fjord.platform.access.guardrail;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import io.fjord.contract.controlpolicies.guardrail.GuardrailObservation.GuardrailTripped;
import io.fjord.kernel.Ids;
import io.fjord.platform.kafka.ObservationLog;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the record of commands that a guardrail did not let pass; nobody waits for it. */
public final class TrippedLog implements Consumer<Tripped> {

    public static final String TYPE = "fjord.control-policies.guardrail.GuardrailTripped.v1";

    private static final Logger log = LoggerFactory.getLogger(TrippedLog.class);

    private final ObservationLog observations;

    public TrippedLog(ObservationLog observations) {
        this.observations = observations;
    }

    @Override
    public void accept(Tripped tripped) {
        Guardrail guardrail = tripped.guardrail();
        CommandEnvelope<byte[]> command = tripped.command();
        if (guardrail.mode() != GuardrailMode.AUDIT) {
            log.atWarn()
                    .addKeyValue("guardrail", guardrail.address())
                    .addKeyValue("mode", guardrail.mode())
                    .addKeyValue("subject", command.subject())
                    .addKeyValue("actor", command.actor())
                    .log("A guardrail does not let a command pass");
        }
        observations
                .tell(
                        Ids.of("guardrail", command.id(), guardrail.address().toString()),
                        TYPE,
                        command.subject(),
                        command.actor(),
                        command.id(),
                        new GuardrailTripped(
                                guardrail.address().toString(),
                                guardrail.mode(),
                                command.type(),
                                guardrail.message(),
                                tripped.verdict().failure()))
                .onFailure(failure -> log.atWarn()
                        .addKeyValue("guardrail", guardrail.address())
                        .setCause(failure)
                        .log("A command that did not pass could not be told of"));
    }
}
