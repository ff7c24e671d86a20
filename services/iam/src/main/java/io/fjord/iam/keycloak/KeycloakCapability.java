package io.fjord.iam.keycloak;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Personal;
import io.fjord.iam.IamCapability;
import io.fjord.iam.IamVerticle;
import io.fjord.iam.Parts;
import io.fjord.iam.group.GroupCapability;
import io.fjord.iam.user.UserCapability;
import io.fjord.kernel.Journals;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.kafka.ObservationReader;
import io.fjord.platform.kafka.ProjectionRunner;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Users and groups the same here and in the Keycloak that is ours; without one it does nothing. */
public final class KeycloakCapability implements IamCapability {

    private final UserCapability users;
    private final GroupCapability groups;
    private final Function<Connected, List<KeycloakFollower>> followers;

    /** @param followers made once there is a Keycloak to tell */
    public KeycloakCapability(
            UserCapability users, GroupCapability groups, Function<Connected, List<KeycloakFollower>> followers) {
        this.users = users;
        this.groups = groups;
        this.followers = followers;
    }

    /** What tells Keycloak, and what tells iam. */
    public record Connected(Parts parts, KeycloakAdmin keycloak, Wishes wishes) {}

    /** It has none of its own: it speaks in those of users and groups. What was observed at Keycloak names people. */
    @Override
    public void register(MessageTypes types) {
        for (String login : List.of(
                "LoggedIn",
                "LoginFailed",
                "LoggedOut",
                "ServiceLoggedIn",
                "AccountActionDone",
                "AccountActionFailed")) {
            types.addPersonal(
                    "fjord.iam.keycloak." + login + ".v1",
                    Map.of("username", Personal.Of.SUBJECT, "address", Personal.Of.SUBJECT));
        }
        for (String administration : List.of("AdministrationDone", "AdministrationFailed")) {
            types.addPersonal("fjord.iam.keycloak." + administration + ".v1", Map.of("address", Personal.Of.ACTOR));
        }
    }

    @Override
    public void install(Api api, Parts parts) {
        KeycloakAdmin keycloak = parts.keycloak();
        if (keycloak == null) {
            return;
        }
        Wishes wishes = new Wishes(parts);
        InStep inStep = new InStep(keycloak, wishes, users.listing(parts), groups.listing(parts), parts.database());
        Turns turns = new Turns();
        ToKeycloak to = new ToKeycloak(
                inStep,
                turns,
                followers.apply(new Connected(parts, keycloak, wishes)),
                parts.metastore(),
                parts.database());
        ProjectionRunner telling = new ProjectionRunner(
                        parts.vertx(),
                        parts.config().kafka(),
                        to,
                        Journals.own(parts.metastore()),
                        FromKeycloak::canBeMended,
                        parts.parked(),
                        Prometheus.registry())
                .start();
        FromKeycloak from = new FromKeycloak(keycloak, inStep, turns);
        ObservationReader hearing = new ObservationReader(
                        parts.vertx(),
                        parts.config().kafka(),
                        "fjord.iam.in-step",
                        IamVerticle.SERVICE,
                        FromKeycloak.TYPES,
                        from::take)
                .start();
        parts.onStop().accept(() -> Future.succeededFuture().onComplete(ok -> keycloak.close()));
        parts.onStop().accept(telling::stop);
        parts.onStop().accept(hearing::stop);
    }
}
