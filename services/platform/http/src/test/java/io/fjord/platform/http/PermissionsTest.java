package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Address;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Candidates;
import io.fjord.kernel.SecondOpinion;
import io.fjord.platform.http.Harbour.BoatCommand;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the document demands is demanded, of every request. */
class PermissionsTest {

    /** {@code action resource}, and {@code all <action> <kind>} where it is the same for all of a kind. */
    private final Set<String> granted = ConcurrentHashMap.newKeySet();

    private final List<AccessRequest> denied = new ArrayList<>();
    private final List<AccessRequest> asked = new ArrayList<>();
    private final Harbour harbour = new Harbour();
    private Actor actor = new Actor("user:ana");
    private Web web;

    /** Names of boats that are known to be allowed; none for not known. */
    private final Set<String> certain = new TreeSet<>();

    /** Of a boat's name, that of the boat whose rights it has. */
    private UnaryOperator<String> followed = name -> name;

    private final Access access = new Access() {
        @Override
        public AccessRequest followed(AccessRequest request) {
            Address boat = request.resource();
            return new AccessRequest(
                    request.actor(),
                    request.action(),
                    new Address(boat.domain(), boat.kind(), followed.apply(boat.name())),
                    request.context());
        }

        @Override
        public AccessDecision decide(AccessRequest request) {
            asked.add(request);
            boolean allowed = granted.contains(request.action() + " " + request.resource())
                    || granted.contains(
                            "all " + request.action() + " " + request.resource().kind());
            return new AccessDecision(allowed, "by the test", List.of(), "iam=1:1");
        }

        @Override
        public Optional<Boolean> uniform(String who, String action, String domain, String kind) {
            if (granted.contains("all " + action + " " + kind)) {
                return Optional.of(true);
            }
            return !certain.isEmpty()
                            || granted.stream().anyMatch(grant -> grant.startsWith(action + " " + domain + "/" + kind))
                    ? Optional.empty()
                    : Optional.of(false);
        }

        @Override
        public Optional<Candidates> candidates(String who, String action, String domain, String kind) {
            return certain.isEmpty() ? Optional.empty() : Optional.of(new Candidates(certain, Set.of(), true));
        }
    };

    @BeforeEach
    void listen() {
        web = listening(null);
    }

    private Web listening(@Nullable SecondOpinion opinion) {
        CommandRoutes commands = harbour.routes();
        List<String> all =
                IntStream.range(1000, 4000).mapToObj(n -> "boat-" + n).toList();
        Api api = Api.load("boats")
                .on("listBoats", call -> {
                    var visible = call.those();
                    String begin =
                            PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
                    return Page.<String>sieved(
                                    call,
                                    name -> visible.test(new Address(call.domain(), "boat", name)),
                                    (last, size) -> Future.succeededFuture(all.stream()
                                            .filter(name -> name.compareTo(last.orElse(begin)) > 0)
                                            .limit(size)
                                            .toList()),
                                    List::of)
                            .map(Reply::ok);
                })
                .on("createBoat", call -> {
                    String name = call.body(ApiTest.Boat.class).name();
                    return commands.submit(
                            call,
                            new Address(call.domain(), "boat", name),
                            new BoatCommand.CreateBoat("S"),
                            event -> Future.succeededFuture(Reply.of(201, Map.of())));
                })
                .on("getBoat", call -> Future.succeededFuture(Reply.ok(Map.of("name", call.path("name")))))
                .on("sinkBoat", call -> Future.succeededFuture(Reply.noContent()))
                .on("writeLog", call -> Future.succeededFuture(Reply.noContent()))
                .on("readEvents", call -> Future.succeededFuture(Reply.noContent()))
                .on("readOpen", call -> Future.succeededFuture(Reply.noContent()))
                .on("foreign", call -> Future.succeededFuture(Reply.noContent()))
                .raw("hearHorn", context -> context.response().end());
        return new Web(api.router(
                Web.VERTX,
                new Doorkeeper(
                        request -> Future.succeededFuture(actor),
                        access,
                        (request, decision) -> {
                            denied.add(request);
                            return "d-" + denied.size();
                        },
                        ClientAddress.behind(List.of("127.0.0.1")),
                        opinion)));
    }

    private void secondOpinion() {
        web.close();
        web = listening(requests -> {
            batches.add(requests.size());
            return Future.succeededFuture(requests.stream()
                    .map(request -> !vetoed.test(request.resource().name()))
                    .toList());
        });
    }

    private final List<Integer> batches = new ArrayList<>();
    private Predicate<String> vetoed = name -> false;

    @Test
    void what_another_decides_too_needs_both() {
        secondOpinion();
        granted.add("boat:read default/boat/ida");
        assertThat(web.get("/api/v1/boats/ida").status()).isEqualTo(200);

        vetoed = name -> true;
        assertThat(web.get("/api/v1/boats/ida").status()).isEqualTo(403);
        assertThat(web.get("/api/v1/boats/eva").status()).isEqualTo(403);
        assertThat(batches).containsExactly(1, 1);
        actor = new Actor("user:operator");
        granted.add("all boat:read boat");
        assertThat(web.get("/api/v1/boats/ida").status()).as("not asked about").isEqualTo(200);
    }

    @Test
    void a_list_is_asked_about_at_once_and_shows_what_both_allow() {
        secondOpinion();
        granted.add("all boat:read boat");
        vetoed = name -> name.compareTo("boat-1050") >= 0 && name.compareTo("boat-1110") < 0;

        var page = web.get("/api/v1/boats");

        assertThat(page.json().path("items")).hasSize(100);
        assertThat(page.json().at("/items/49").asText()).isEqualTo("boat-1049");
        assertThat(page.json().at("/items/50").asText()).isEqualTo("boat-1110");
        assertThat(batches).hasSizeLessThan(6);

        vetoed = name -> true;
        assertThat(web.get("/api/v1/boats").json().path("items")).isEmpty();
    }

    @Test
    void rights_that_follow_others_are_asked_about_there_by_everybody() {
        secondOpinion();
        followed = name -> name.equals("dinghy") ? "ida" : name;
        granted.add("boat:read default/boat/ida");
        vetoed = name -> name.equals("dinghy");
        assertThat(web.get("/api/v1/boats/dinghy").status()).isEqualTo(200);

        actor = new Actor("user:ana")
                .limitedTo((action, resource) -> resource.name().equals("ida"));
        assertThat(web.get("/api/v1/boats/dinghy").status()).isEqualTo(200);
        actor = new Actor("user:ana")
                .limitedTo((action, resource) -> resource.name().equals("dinghy"));
        assertThat(web.get("/api/v1/boats/dinghy").status()).isEqualTo(403);
    }

    @AfterEach
    void close() {
        web.close();
    }

    @Test
    void a_named_thing_is_for_whom_it_was_granted() {
        var no = web.get("/api/v1/boats/ida", "Fjord-Purpose", "fishing", "X-Forwarded-For", "10.0.0.7");

        assertThat(no.status()).isEqualTo(403);
        assertThat(no.problem()).isEqualTo("access-denied");
        assertThat(no.json().path("detail").asText())
                .contains("user:ana may not boat:read on default/boat/ida (decision d-1)")
                .contains("/api/v1/access/explain?actor=user:ana&action=boat:read&resource=default/boat/ida");
        assertThat(no.header("Fjord-Decision")).isEqualTo("d-1");
        assertThat(denied)
                .singleElement()
                .satisfies(request ->
                        assertThat(request.context()).isEqualTo(Map.of("purpose", "fishing", "address", "10.0.0.7")));

        granted.add("boat:read default/boat/ida");
        assertThat(web.get("/api/v1/boats/ida").status()).isEqualTo(200);
        assertThat(web.get("/api/v1/boats/eva").status()).isEqualTo(403);
        assertThat(web.send("DELETE", "/api/v1/boats/ida", null).status()).isEqualTo(403);
        assertThat(web.get("/api/v1/events?service=boats").status()).isEqualTo(403);
        granted.add("journal:read platform/journal/boats");
        assertThat(web.get("/api/v1/events?service=boats").status()).isEqualTo(204);
    }

    @Test
    void what_needs_only_a_known_caller_is_not_asked_about() {
        assertThat(web.get("/api/v1/horn").status()).isEqualTo(200);
        assertThat(web.get("/open").status()).isEqualTo(204);
        assertThat(asked).isEmpty();
    }

    @Test
    void a_command_is_asked_about_with_its_subject() {
        var none = web.post("/api/v1/boats", "{\"name\":\"ida\",\"size\":\"S\"}");
        assertThat(none.status()).isEqualTo(403);
        assertThat(denied.get(0).resource()).isEqualTo(new Address("default", "boat", "*"));

        granted.add("boat:create default/boat/eva");
        var other = web.post("/api/v1/boats", "{\"name\":\"ida\",\"size\":\"S\"}");
        assertThat(other.status()).isEqualTo(403);
        assertThat(denied.get(1).resource()).isEqualTo(new Address("default", "boat", "ida"));
        assertThat(harbour.logged()).isZero();

        granted.add("boat:create default/boat/ida");
        assertThat(web.post("/api/v1/boats", "{\"name\":\"ida\",\"size\":\"S\"}")
                        .status())
                .isEqualTo(202);
        assertThat(web.post("/api/v1/boats?dryRun=true", "{\"name\":\"bo\",\"size\":\"S\"}")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void a_list_shows_what_its_reader_may_read_in_full_pages() {
        List<String> mine =
                IntStream.range(0, 30).mapToObj(n -> "boat-" + (1000 + 97 * n)).toList();
        mine.forEach(name -> granted.add("boat:read default/boat/" + name));

        List<String> shown = new ArrayList<>();
        String token = "";
        for (int page = 0; page < 3; page++) {
            var answer = web.get("/api/v1/boats?pageSize=10" + token);
            answer.json().path("items").forEach(item -> shown.add(item.asText()));
            assertThat(shown).hasSize(10 * (page + 1));
            token = "&pageToken=" + answer.json().path("nextPageToken").asText();
            assertThat(answer.json().has("nextPageToken")).isEqualTo(page < 2);
        }
        assertThat(shown).isEqualTo(mine);
    }

    @Test
    void who_may_see_all_or_nothing_is_not_asked_about_each() {
        assertThat(web.get("/api/v1/boats").json().path("items")).isEmpty();
        granted.add("all boat:read boat");
        assertThat(web.get("/api/v1/boats").json().path("items")).hasSize(100);
        assertThat(asked).isEmpty();
    }

    @Test
    void who_may_see_these_and_those_is_not_asked_about_each() {
        certain.addAll(Set.of("boat-1007", "boat-1011"));
        assertThat(web.get("/api/v1/boats").json().path("items")).hasSize(2);
        assertThat(asked).isEmpty();

        actor = actor.limitedTo(new Actor.Limits() {
            @Override
            public boolean cover(String action, Address resource) {
                throw new IllegalStateException("It is for everything");
            }

            @Override
            public boolean coverAll() {
                return true;
            }
        });
        assertThat(web.get("/api/v1/boats").json().path("items")).hasSize(2);
        actor = new Actor("user:ana")
                .limitedTo((action, resource) -> !resource.name().equals("boat-1007"));
        granted.add("boat:read default/boat/boat-1011");
        assertThat(web.get("/api/v1/boats").json().path("items")).hasSize(1);

        actor = new Actor("user:ana");
        secondOpinion();
        granted.add("boat:read default/boat/boat-1007");
        vetoed = name -> name.equals("boat-1011");
        assertThat(web.get("/api/v1/boats").json().path("items")).hasSize(1);
    }

    @Test
    void a_token_for_little_is_for_no_more() {
        granted.add("all boat:read boat");
        granted.add("all boat:sink boat");
        actor = actor.limitedTo((action, resource) ->
                action.equals("boat:read") && resource.name().equals("boat-1007"));

        assertThat(web.get("/api/v1/boats/boat-1007").status()).isEqualTo(200);
        assertThat(web.get("/api/v1/boats/boat-1008").status()).isEqualTo(403);
        assertThat(web.send("DELETE", "/api/v1/boats/boat-1007", null).status()).isEqualTo(403);
        assertThat(web.get("/api/v1/boats").json().path("items")).hasSize(1);

        granted.clear();
        assertThat(web.get("/api/v1/boats/boat-1007").status())
                .as("a token gives nothing its owner does not have")
                .isEqualTo(403);
    }

    @Test
    void what_cannot_be_an_address_is_a_fault_of_the_request() {
        granted.add("all boat:read boat");
        granted.add("all boat:create boat");
        assertThat(web.get("/api/v1/boats/No%2FName").status()).isEqualTo(400);
        assertThat(web.get("/api/v1/boats?domain=No").status()).isEqualTo(400);
        assertThat(web.post("/api/v1/boats?domain=a%2Fb", "{\"name\":\"ida\",\"size\":\"S\"}")
                        .status())
                .isEqualTo(400);
        assertThat(web.get("/api/v1/events").status()).isEqualTo(400);
    }

    @Test
    void a_handler_that_does_not_ask_gives_nothing_away() {
        Api api = Api.load("boats");
        for (String operation : List.of(
                "listBoats",
                "createBoat",
                "getBoat",
                "sinkBoat",
                "writeLog",
                "hearHorn",
                "readOpen",
                "foreign",
                "readEvents")) {
            api.on(operation, call -> Future.succeededFuture(Reply.ok(Map.of("secret", "yes"))));
        }
        try (Web careless =
                new Web(api.router(Web.VERTX, Web.everybody(request -> Future.succeededFuture(new Actor("user:a")))))) {
            assertThat(careless.get("/api/v1/boats").status()).isEqualTo(500);
            assertThat(careless.get("/api/v1/boats/ida").status()).isEqualTo(200);
        }
    }

    @Test
    void without_policies_the_operator_alone_comes_in() {
        Doorkeeper alone = ((Authenticator) request -> Future.succeededFuture(actor)).doorkeeper();
        Address ida = new Address("default", "boat", "ida");
        assertThat(alone.access()
                        .decide(AccessRequest.of("user:operator", "boat:sink", ida))
                        .allowed())
                .isTrue();
        assertThat(alone.access()
                        .decide(AccessRequest.of("user:ana", "boat:read", ida))
                        .allowed())
                .isFalse();
    }

    @Test
    void a_document_that_does_not_say_who_may_is_refused() {
        assertThatThrownBy(() -> Api.load("unguarded")
                        .on("one", call -> Future.succeededFuture(Reply.noContent()))
                        .on("two", call -> Future.succeededFuture(Reply.noContent()))
                        .on("three", call -> Future.succeededFuture(Reply.noContent()))
                        .on("four", call -> Future.succeededFuture(Reply.noContent()))
                        .router(Web.VERTX, Web.everybody(request -> Future.succeededFuture(actor))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("one has no x-fjord-action")
                .hasMessageContaining("two has the x-fjord-action 'read', which is not kind:verb")
                .hasMessageContaining("three: security: [] and x-fjord-action: open go together")
                .hasMessageContaining("four: x-fjord-resource names {other}, which is no parameter of it");
    }

    @Test
    void where_a_caller_comes_from_is_believed_of_known_proxies_alone() {
        // The peer is 127.0.0.1 throughout.
        assertThat(from(ClientAddress.behind(List.of("127.0.0.0/8")), "10.0.0.7"))
                .isEqualTo("10.0.0.7");
        assertThat(from(ClientAddress.behind(List.of("127.0.0.1")), "8.8.8.8, 10.0.0.7"))
                .as("who is no proxy of ours does not say who was before")
                .isEqualTo("10.0.0.7");
        assertThat(from(ClientAddress.behind(List.of()), "10.0.0.7")).isEqualTo("127.0.0.1");
        assertThat(from(ClientAddress.behind(List.of("127.0.0.1", "10.0.0.0/8")), "8.8.8.8, 10.0.0.7"))
                .isEqualTo("8.8.8.8");
        assertThat(from(ClientAddress.behind(List.of("127.0.0.1")), "evil.example"))
                .isEqualTo("127.0.0.1");
        assertThat(from(ClientAddress.behind(List.of("127.0.0.1")), null)).isEqualTo("127.0.0.1");
    }

    @Test
    void behind_the_gateway_an_address_is_believed_that_the_gateway_sealed() {
        AddressSeal seal = new AddressSeal("the token of the operator".getBytes(StandardCharsets.UTF_8));
        ClientAddress door = ClientAddress.behind(List.of("127.0.0.1"), seal);
        ClientAddress service = ClientAddress.behindGateway(List.of(), seal);
        String[] sealed = {""};
        try (Web gateway = new Web(request -> {
            sealed[0] = door.sealed(request).orElseThrow();
            request.response().end();
        })) {
            gateway.get("/", ClientAddress.FORWARDED_FOR, "10.0.0.7", "Authorization", "Bearer ana");
        }

        try (Web behind = new Web(request -> request.response().end(service.of(request)))) {
            assertThat(behind.get("/", AddressSeal.HEADER, sealed[0], "Authorization", "Bearer ana")
                            .text())
                    .isEqualTo("10.0.0.7");
            assertThat(behind.get("/", AddressSeal.HEADER, sealed[0], "Authorization", "Bearer bo")
                            .text())
                    .as("it is for one caller")
                    .isEqualTo("127.0.0.1");
            assertThat(behind.get("/", AddressSeal.HEADER, "10.0.0.7 " + "0".repeat(64))
                            .text())
                    .isEqualTo("127.0.0.1");
            assertThat(behind.get("/", AddressSeal.HEADER, "10.0.0.7").text()).isEqualTo("127.0.0.1");
            assertThat(behind.get("/", ClientAddress.FORWARDED_FOR, "10.0.0.7").text())
                    .as("also on this machine")
                    .isEqualTo("127.0.0.1");
        }
    }

    private static String from(ClientAddress addresses, String header) {
        try (Web echo = new Web(request -> request.response().end(addresses.of(request)))) {
            return header == null
                    ? echo.get("/").text()
                    : echo.get("/", ClientAddress.FORWARDED_FOR, header).text();
        }
    }
}
