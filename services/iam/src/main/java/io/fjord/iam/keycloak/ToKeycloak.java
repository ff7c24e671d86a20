package io.fjord.iam.keycloak;

import io.fjord.codec.Json;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.iam.group.GroupEvent.MembersAdded;
import io.fjord.iam.Actors;
import io.fjord.iam.IamVerticle;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Projection;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.ProjectionPositions;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Keycloak as a view of iam's events: who is in step with iam is so after the last of them, whatever was missed; what came from
 * Keycloak is left out.
 */
final class ToKeycloak implements Projection {

    private final InStep inStep;
    private final Turns turns;
    private final List<KeycloakFollower> followers;
    private final Metastore metastore;
    private final Database database;
    private final ProjectionPositions positions;

    ToKeycloak(InStep inStep, Turns turns, List<KeycloakFollower> followers, Metastore metastore, Database database) {
        this.inStep = inStep;
        this.turns = turns;
        this.followers = followers;
        this.metastore = metastore;
        this.database = database;
        this.positions = new ProjectionPositions(database, IamVerticle.SERVICE, name());
    }

    @Override
    public String name() {
        return "keycloak";
    }

    @Override
    public Set<String> services() {
        return Set.of(IamVerticle.SERVICE);
    }

    @Override
    public Future<Position> position(String service) {
        return positions.read(service);
    }

    @Override
    public Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
        Set<String> users = new LinkedHashSet<>();
        Set<String> groups = new LinkedHashSet<>();
        for (EventEnvelope<byte[]> event : events) {
            if (!event.actor().equals(Wishes.ACTOR)) {
                collect(event, users, groups);
            }
        }
        Position last = events.get(events.size() - 1).position();
        Future<Void> told = metastore.shows(last);
        for (String group : groups) {
            told = told.compose(ok -> turns.take(() -> inStep.tellGroup(group)));
        }
        for (String user : users) {
            told = told.compose(ok -> turns.take(() -> inStep.tellUser(user)));
        }
        for (EventEnvelope<byte[]> event : events) {
            for (KeycloakFollower follower : followers) {
                if (event.subject().kind().equals(follower.kind()) && event.version() != null) {
                    told = told.compose(ok -> turns.take(() -> follower.on(event)));
                }
            }
        }
        return told.compose(ok -> database.transaction(tx -> positions.write(tx, service, last)));
    }

    private static void collect(EventEnvelope<byte[]> event, Set<String> users, Set<String> groups) {
        // Refusals and the like have no version.
        if (event.version() == null) {
            return;
        }
        String kind = event.subject().kind();
        if (kind.equals(Actors.USER)) {
            users.add(event.subject().name());
        } else if (kind.equals(Actors.GROUP)) {
            groups.add(event.subject().name());
            if (event.type().contains(".Members")) {
                // Those that went are told in the same field.
                MembersAdded members = Json.read(new String(event.data(), StandardCharsets.UTF_8), MembersAdded.class);
                members.members().stream()
                        .filter(member -> member.startsWith(Actors.USER + ":"))
                        .forEach(member -> users.add(Actors.address(member).name()));
            }
        }
    }

    /** What was told stays so; all is compared anew from the beginning of the epoch. */
    @Override
    public Future<Void> reset(String service) {
        return database.transaction(tx -> positions.write(tx, service, Position.START));
    }
}
