package io.fjord.iam.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.EventEnvelope;
import io.fjord.kernel.CommandLog.NotAcknowledged;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** iam follows what was observed at Keycloak: what its administrators did, who logged in, who changed their own account. */
final class FromKeycloak {

    static final Set<String> TYPES = Set.of(
            "fjord.iam.keycloak.AdministrationDone.v1",
            "fjord.iam.keycloak.AccountActionDone.v1",
            "fjord.iam.keycloak.LoggedIn.v1");

    private static final Logger log = LoggerFactory.getLogger(FromKeycloak.class);

    private final KeycloakAdmin keycloak;
    private final InStep inStep;
    private final Turns turns;
    private @Nullable Identity identity;

    /**
     * @param realm its internal id
     * @param actor what our own client is as an actor there
     */
    private record Identity(String realm, String actor) {}

    FromKeycloak(KeycloakAdmin keycloak, InStep inStep, Turns turns) {
        this.keycloak = keycloak;
        this.inStep = inStep;
        this.turns = turns;
    }

    Future<Void> take(List<EventEnvelope<byte[]>> observations) {
        Future<Void> taken = Future.succeededFuture();
        for (EventEnvelope<byte[]> observation : observations) {
            taken = taken.compose(ok -> identity()).compose(we -> turns.take(() -> take(we, observation)));
        }
        return taken;
    }

    private Future<Void> take(Identity we, EventEnvelope<byte[]> observation) {
        JsonNode data = Json.read(new String(observation.data(), StandardCharsets.UTF_8), JsonNode.class);
        if (!data.path("realm").asText().equals(we.realm())
                || observation.actor().equals(we.actor())) {
            return Future.succeededFuture();
        }
        return heard(observation.id(), data).recover(failure -> {
            if (canBeMended(failure)) {
                return Future.failedFuture(failure);
            }
            log.atError()
                    .addKeyValue("messageId", observation.id())
                    .setCause(failure)
                    .log("What was observed at Keycloak cannot be followed");
            return Future.succeededFuture();
        });
    }

    static boolean canBeMended(Throwable failure) {
        return failure instanceof KeycloakAdmin.Away
                || failure instanceof NotAcknowledged
                || failure instanceof Wishes.Undecided
                || Database.isTransient(failure);
    }

    private Future<Void> heard(String cause, JsonNode data) {
        if (data.hasNonNull("user")) {
            return inStep.hearUser(cause, data.path("user").asText());
        }
        String[] path = data.path("resourcePath").asText().split("/");
        if (path.length == 2
                && path[0].equals("users")
                && data.path("operation").asText().equals("DELETE")) {
            return inStep.hearDeleted(cause, path[1]);
        }
        if (path.length > 1 && path[0].equals("users")) {
            return inStep.hearUser(cause, path[1]);
        }
        return path[0].equals("groups") ? inStep.hearGroups(cause) : Future.succeededFuture();
    }

    private Future<Identity> identity() {
        Identity known = identity;
        if (known != null) {
            return Future.succeededFuture(known);
        }
        return keycloak.get("")
                .compose(realm -> keycloak.get(
                                "/users?exact=true&username=" + KeycloakAdmin.encoded(keycloak.ownUserName()))
                        .map(users -> {
                            Identity found = new Identity(
                                    realm.orThrow("The realm cannot be read")
                                            .body()
                                            .path("id")
                                            .asText(),
                                    "user:"
                                            + users.orThrow("Users cannot be searched")
                                                    .body()
                                                    .path(0)
                                                    .path("id")
                                                    .asText());
                            identity = found;
                            return found;
                        }));
    }
}
