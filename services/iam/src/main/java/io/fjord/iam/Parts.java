package io.fjord.iam;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.iam.keycloak.KeycloakAdmin;
import io.fjord.kernel.Access;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.Outcomes;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Thing;
import io.fjord.kernel.Things;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.kafka.ParkedEvents;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the verticle has opened, for capabilities to work with.
 *
 * @param parked where events are kept that a view could not take
 * @param keycloak null where the identity provider is not ours to manage
 * @param onStop takes what has to be closed when the service stops; the last first
 */
public record Parts(
        Vertx vertx,
        IamConfig config,
        Database database,
        SqlMetastore metastore,
        MessageTypes types,
        CommandLog log,
        Outcomes outcomes,
        CommandRoutes commands,
        Reads reads,
        Access access,
        Vault vault,
        ParkedEvents parked,
        @Nullable KeycloakAdmin keycloak,
        Consumer<Supplier<Future<?>>> onStop) {

    /** As {@link ThingRoutes}. */
    public <S extends Thing> ThingRoutes<S> routes(
            Things<S> things, Function<Stored<S>, Object> view, Function<Address, Problem> missing) {
        return new ThingRoutes<>(commands, metastore, reads, things, view, missing);
    }
}
