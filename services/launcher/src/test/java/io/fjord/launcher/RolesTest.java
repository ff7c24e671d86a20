package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.embedded.Checkout;
import io.fjord.kernel.AccessRequest;
import io.fjord.platform.access.AccessRules;
import io.fjord.platform.access.ActionPattern;
import io.fjord.platform.access.BuiltInRoles;
import io.fjord.platform.access.CommandActions;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.ClientAddress;
import io.fjord.platform.http.Document;
import io.fjord.platform.http.Document.Route;
import io.fjord.platform.http.Doorkeeper;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each role against each operation of the documents, and each command against the actions. */
class RolesTest {

    private static final String ANA = "user:ana";
    private static final Map<String, String> PARAMETERS = Map.of("domain", "default", "service", "core");

    private static List<Route> routes() {
        List<Route> all = new ArrayList<>();
        for (String service : ControlPlane.withAnApi()) {
            all.addAll(Document.of(service).routes());
        }
        return all;
    }

    /** Whose role of that domain it is, and nobody else's. */
    private static AccessRules granted(String domain, String role, String resources) {
        AccessRules rules = new AccessRules(
                condition -> {
                    throw new IllegalArgumentException("none here");
                },
                Clock.systemUTC());
        rules.apply(
                new Address(domain, "grant", "g"),
                new GrantMade(ANA, role, List.of(), List.of(resources), null, Instant.EPOCH));
        return rules;
    }

    private static String parameter(String name) {
        return PARAMETERS.getOrDefault(name, "some");
    }

    private static boolean enters(AccessRules rules, Route route) {
        Doorkeeper doorkeeper = new Doorkeeper(
                request -> Future.succeededFuture(new Actor(ANA)),
                rules,
                (request, decision) -> "d",
                ClientAddress.behind(List.of()));
        return doorkeeper.lets(new Actor(ANA), route, name -> Optional.of(parameter(name)));
    }

    /** What the document says, read without the code that enforces it. */
    private static boolean expected(List<ActionPattern> actions, String domain, Route route) {
        if (route.action().equals("self") || route.action().equals("open")) {
            return true;
        }
        boolean may = actions.stream()
                .anyMatch(pattern -> decided(route.action()).stream().anyMatch(pattern::covers));
        String resource = route.resource();
        if (resource == null) {
            boolean inDomain =
                    route.parameters().stream().anyMatch(p -> p.name().equals("domain") && p.in().equals("query"));
            // Lists are entered by everybody; where the handler alone knows what it is about, it asks.
            return route.reads() || !inDomain || (may && (domain.equals("*") || domain.equals("default")));
        }
        String[] parts = resource.split("/");
        String of = parts.length == 3 ? parts[0] : "default";
        String within = of.startsWith("{") ? parameter(of.substring(1, of.length() - 1)) : of;
        return may && (domain.equals("*") || domain.equals(within));
    }

    /** What is said of a thing is for whom the thing is. */
    private static List<String> decided(String action) {
        return action.startsWith("asset:")
                ? Stream.of("namespace", "table", "view")
                        .map(kind -> kind + action.substring("asset".length()))
                        .toList()
                : List.of(action);
    }

    @Test
    void each_role_enters_what_its_actions_cover_and_nothing_else() {
        Map<String, Integer> entered = new TreeMap<>();
        List<Route> routes = routes();
        assertThat(routes).hasSizeGreaterThan(100);
        BuiltInRoles.all().forEach((role, actions) -> {
            AccessRules everywhere = granted("platform", role, "*/*/*");
            AccessRules here = granted("default", role, "default/*/*");
            for (Route route : routes) {
                String what = role + " at " + route.operationId() + " (" + route.action() + ")";
                assertThat(enters(everywhere, route))
                        .as(what + ", everywhere")
                        .isEqualTo(expected(actions, "*", route));
                assertThat(enters(here, route))
                        .as(what + ", in its domain")
                        .isEqualTo(expected(actions, "default", route));
                entered.merge(role, enters(everywhere, route) ? 1 : 0, Integer::sum);
            }
        });
        assertThat(entered.get(BuiltInRoles.PLATFORM_ADMIN)).isEqualTo(routes.size());
        assertThat(entered.get(BuiltInRoles.VIEWER)).isLessThan(entered.get(BuiltInRoles.MEMBER));
        assertThat(entered.get(BuiltInRoles.MEMBER)).isLessThan(routes.size());
    }

    @Test
    void without_a_grant_nobody_enters_what_is_named() {
        AccessRules nothing = granted("default", BuiltInRoles.PLATFORM_ADMIN, "other/*/*");
        routes().forEach(route -> assertThat(enters(nothing, route))
                .as(route.operationId())
                .isEqualTo(expected(List.of(), "default", route)));
    }

    @Test
    void secrets_and_other_peoples_journals_are_not_for_viewers() {
        AccessRules viewer = granted("default", BuiltInRoles.VIEWER, "default/*/*");
        Set<String> refused = new TreeSet<>();
        routes().stream().filter(route -> !enters(viewer, route)).forEach(route -> refused.add(route.operationId()));
        assertThat(refused)
                .contains("getClusterCredentials", "readEvents", "restore", "listDeadLetters", "createCluster");
    }

    @Test
    void every_command_has_an_action_and_every_action_a_door() throws IOException {
        Set<String> doors = new TreeSet<>();
        routes().forEach(route -> doors.add(route.action()));
        Set<String> without = new TreeSet<>();
        Set<String> closed = new TreeSet<>();
        for (String type : ControlPlane.messageTypes().types()) {
            Object sample = ControlPlane.messageTypes()
                    .read(
                            type,
                            Files.readString(Checkout.root().resolve("schemas/events/samples/" + type + ".json"))
                                    .getBytes(StandardCharsets.UTF_8));
            boolean command = Stream.of(sample.getClass().getInterfaces())
                    .anyMatch(one -> one.getSimpleName().endsWith("Command"));
            Optional<String> action = CommandActions.of(type);
            if (command && action.isEmpty()) {
                without.add(type);
            }
            if (command
                    && action.isPresent()
                    && !action.get().equals(CommandActions.OF_SERVICES)
                    && !doors.contains(action.get())) {
                closed.add(type + " " + action.get());
            }
        }
        assertThat(without).as("commands without an action").isEmpty();
        assertThat(closed).as("commands whose action no operation demands").isEmpty();
    }

    @Test
    void a_decision_about_the_matrix_is_the_engines() {
        AccessRules member = granted("default", BuiltInRoles.MEMBER, "default/*/*");
        Address etl = new Address("default", "cluster", "etl");
        assertThat(member.decide(AccessRequest.of(ANA, "cluster:start", etl)).allowed())
                .isTrue();
        assertThat(member.decide(AccessRequest.of(ANA, "cluster:delete", etl)).allowed())
                .isFalse();
        assertThat(member.decide(AccessRequest.of("user:bo", "cluster:start", etl))
                        .allowed())
                .isFalse();
    }
}
