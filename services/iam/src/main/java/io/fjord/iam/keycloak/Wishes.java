package io.fjord.iam.keycloak;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.iam.IamVerticle;
import io.fjord.iam.Parts;
import io.fjord.kernel.Ids;
import io.vertx.core.Future;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commands to iam because of something at Keycloak, each under an id made of that, and its outcome waited for. */
public final class Wishes {

    /** Who wishes them: what it did is not told to Keycloak, where it came from. */
    public static final String ACTOR = "service:" + IamVerticle.SERVICE;

    private static final Logger log = LoggerFactory.getLogger(Wishes.class);
    private static final int PATIENCE_SECONDS = 30;

    private final Parts parts;

    public Wishes(Parts parts) {
        this.parts = parts;
    }

    /** It was not decided in time; sent again, it is the same command. */
    static final class Undecided extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Undecided(String id) {
            super("The command " + id + " is not decided yet", null, false, false);
        }
    }

    /**
     * Whether it was accepted or had no effect; a refusal is logged, and is an end, too.
     *
     * @param cause the id of what led to it
     */
    public Future<Boolean> send(String cause, Address subject, Object command) {
        byte[] data = Json.bytes(command);
        String id = Ids.of("keycloak", cause, command.getClass().getSimpleName(), subject.toString(), Ids.sha256(data));
        CommandEnvelope<byte[]> envelope = new CommandEnvelope<>(
                id,
                parts.types().typeOf(command),
                IamVerticle.SERVICE,
                Instant.now(),
                subject,
                ACTOR,
                id,
                cause,
                null,
                null,
                data);
        return parts.log()
                .append(IamVerticle.SERVICE, envelope)
                .compose(place -> parts.reads()
                        .eventually(
                                PATIENCE_SECONDS,
                                () -> parts.metastore().outcome(id).map(found -> found.isPresent())))
                .compose(decided -> parts.metastore().outcome(id))
                .map(found -> {
                    Outcome outcome = found.orElseThrow(() -> new Undecided(id)).outcome();
                    if (outcome == Outcome.REJECTED) {
                        log.atWarn()
                                .addKeyValue("subject", subject)
                                .addKeyValue("messageId", id)
                                .log("What Keycloak says was refused here");
                    }
                    return outcome != Outcome.REJECTED;
                });
    }
}
