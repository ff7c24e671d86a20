package io.fjord.core.secret;

import io.fjord.contract.Address;
import io.fjord.contract.core.secret.SecretReference;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.SecretValue;
import io.fjord.kernel.Secrets;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Things;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The secrets of this platform: those in the vault, and those that are kept elsewhere, which are remembered for a moment. */
public final class StoredSecrets implements Secrets {

    private static final Logger log = LoggerFactory.getLogger(StoredSecrets.class);

    private static final Duration REMEMBERED = Duration.ofSeconds(30);
    private static final int MOST_REMEMBERED = 1_000;
    private static final long PATIENCE_SECONDS = 10;

    private final Things<Secret> secrets;
    private final Vault vault;
    private final SecretReader elsewhere;
    private final Access access;
    private final Supplier<Future<Void>> known;
    private final Clock clock;
    private final Map<Which, Remembered> remembered = new ConcurrentHashMap<>();

    private record Which(Address secret, long version) {}

    private record Remembered(SecretValue value, Instant until) {}

    /** @param known completes when the grants and policies are known: nobody is refused only because they are not yet */
    StoredSecrets(
            Things<Secret> secrets,
            Vault vault,
            SecretReader elsewhere,
            Access access,
            Supplier<Future<Void>> known,
            Clock clock) {
        this.secrets = secrets;
        this.vault = vault;
        this.elsewhere = elsewhere;
        this.access = access;
        this.known = known;
        this.clock = clock;
    }

    @Override
    public Future<SecretValue> resolve(Address secret, String actor) {
        return known.get()
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .recover(late -> Future.failedFuture(HttpProblems.serviceUnavailable("iam")))
                .compose(ok -> access.decide(AccessRequest.of(actor, "secret:use", secret))
                                .allowed()
                        ? secrets.one(secret, Optional.empty())
                        : Future.failedFuture(
                                new ProblemException(SecretProblems.useDenied(actor, secret.domain(), secret.name()))))
                .compose(at -> value(at.value()
                        .orElseThrow(
                                () -> new ProblemException(SecretProblems.notFound(secret.domain(), secret.name())))))
                .onSuccess(found -> log.atInfo()
                        .addKeyValue("subject", secret)
                        .addKeyValue("actor", actor)
                        .log("A secret is used"));
    }

    private Future<SecretValue> value(Stored<Secret> stored) {
        Secret secret = stored.state();
        SecretReference reference = secret.reference();
        if (reference == null) {
            return vault.getText(secret.secretRef()).map(SecretValue::of);
        }
        Which which = new Which(secret.address(), stored.version());
        Instant now = clock.instant();
        Remembered known = remembered.get(which);
        if (known != null && known.until().isAfter(now)) {
            return Future.succeededFuture(known.value());
        }
        return elsewhere.read(secret.address().domain(), reference).onSuccess(value -> {
            remembered.values().removeIf(one -> !one.until().isAfter(now));
            if (remembered.size() < MOST_REMEMBERED) {
                remembered.put(which, new Remembered(value, now.plus(REMEMBERED)));
            }
        });
    }
}
