package io.fjord.controlpolicies.opa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.controlpolicies.policy.PolicyEffect;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyCreated;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.contract.iam.group.GroupEvent.MembersAdded;
import io.fjord.contract.iam.user.UserEvent.UserSuspended;
import io.fjord.kernel.AccessRequest;
import io.fjord.platform.access.AccessRules;
import io.fjord.platform.access.cel.Conditions;
import io.fjord.platform.access.cel.RegoCondition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random grants, policies and requests: Fjord's engine and a real OPA with the bundle say the same of each. */
class SameDecisionsTest {

    private static final int SETS = 25;
    private static final int REQUESTS = 400;
    private static final Instant NOW = Instant.parse("2026-11-21T17:30:00Z");

    private static final List<String> ACTORS =
            List.of("user:ana", "user:ben", "user:eve", "service-account:etl", "service:core", "user:operator");
    private static final List<String> GROUPS = List.of("group:data", "group:all", "group:night");
    private static final List<String> ACTIONS = List.of(
            "cluster:read", "cluster:create", "table:read", "table:write", "asset:read", "asset:write", "odd", ":x");
    private static final List<String> ACTION_PATTERNS =
            List.of("cluster:read", "cluster:*", "*:read", "*:*", "table:write", "table:*");
    private static final List<String> RESOURCES = List.of(
            "default/cluster/etl",
            "default/cluster/etl-1",
            "default/table/sales.orders",
            "default/table/lake.sales.emea.orders",
            "default/namespace/lake.sales.emea",
            "default/asset/table/lake.sales.emea.orders",
            "default/asset/table/sales.orders/address.city",
            "default/asset/table/sales.or~1ders",
            "default/asset/cluster/etl",
            "sales/cluster/etl",
            "default/cluster/*",
            "sales/table/a/b");
    private static final List<String> RESOURCE_PATTERNS = List.of(
            "default/cluster/*",
            "default/cluster/etl",
            "default/cluster/etl*",
            "default/*/*",
            "sales/*/*",
            "default/table/sales.*",
            "default/namespace/lake.sales",
            "default/catalog/*",
            "*/*/*",
            "s*/table/a/*");
    private static final List<String> ATOMS = List.of(
            "actor == 'user:ana'",
            "actor != 'user:ben'",
            "action.endsWith(':read')",
            "resource.name.startsWith('etl')",
            "resource.domain == 'default'",
            "resource.attributes.owner == 'user:ana'",
            "context.cores > 8",
            "context.cores <= 16",
            "context.cores == 16",
            "context.cores != context.other",
            "context.flag",
            "context.purpose == 'billing'",
            "context.purpose.contains('ill')",
            "context.purpose.matches('^b.*g$')",
            "has(context.purpose)",
            "has(context.tags.team)",
            "has(context.tags['team'].x)",
            "context.tags['cost-center'] == '4711'",
            "context.purpose in ['billing', 'tests']",
            "'group:data' in context.groups",
            "'team' in context.tags",
            "context.address.inNetwork('10.0.0.0/8')",
            "context.address.inNetwork('192.168.1.7')",
            "context.address.inNetwork('fd00::/8')",
            "context.time.getHours('Europe/Berlin') >= 18",
            "context.time.getHours() == 17",
            "context.time.getDayOfWeek() == 6",
            "context.time.getMinutes('Asia/Kolkata') == 0",
            "context.time < timestamp('2026-11-21T18:00:00+00:00')",
            "context.missing == null",
            "context.nothing == null",
            "(has(context.purpose) ? context.purpose == 'tests' : actor == 'user:ana')");

    @TempDir
    Path folder;

    private final Random random = new Random(20261121);

    @Test
    void they_say_the_same() throws Exception {
        Optional<Path> opa = opa();
        assumeTrue(
                opa.isPresent(),
                "no opa on the PATH or in ~/go/bin: go install github.com/open-policy-agent/opa@latest");
        int compared = 0;
        int allowed = 0;
        for (int set = 0; set < SETS; set++) {
            AccessRules rules = randomRules();
            List<AccessRequest> requests =
                    Stream.generate(this::randomRequest).limit(REQUESTS).toList();
            Bundle bundle = Bundle.of(rules.snapshot(), "set-" + set);
            assertThat(bundle.untranslated()).isEmpty();
            List<Boolean> theirs = decided(opa.get(), bundle, requests);
            for (int i = 0; i < requests.size(); i++) {
                var ours = rules.decide(requests.get(i));
                assertThat(theirs.get(i))
                        .as(requests.get(i) + ": " + ours + "\n" + rules.snapshot())
                        .isEqualTo(ours.allowed());
                compared++;
                allowed += ours.allowed() ? 1 : 0;
            }
        }
        assertThat(compared).isGreaterThanOrEqualTo(10_000);
        // A test of always no would prove nothing.
        assertThat(allowed).isBetween(compared / 10, compared * 9 / 10);
    }

    @Test
    void what_cannot_be_translated_denies_and_is_named() throws Exception {
        assertThat(RegoCondition.of("c0", "context.groups.exists(g, g == 'x')")).isEmpty();
        assertThat(RegoCondition.of("c0", "context.cores + 1 > 8")).isEmpty();
        assertThat(RegoCondition.of("c0", "string(context.time) == 'x'")).isEmpty();
        assertThat(RegoCondition.of("c0", "context.time == context.purpose")).isEmpty();

        AccessRules rules = rules();
        policy(rules, "a", PolicyEffect.ALLOW, "*", "*:*", "default/*/*", "size(actor) > 3");
        Bundle bundle = Bundle.of(rules.snapshot(), "1");
        assertThat(bundle.untranslated()).containsExactly("default/policy/a");
        AccessRequest request = AccessRequest.of("user:ana", "cluster:read", Address.parse("default/cluster/etl"));
        assertThat(rules.decide(request).allowed()).isTrue();
        Optional<Path> opa = opa();
        assumeTrue(opa.isPresent(), "no opa on the PATH or in ~/go/bin");
        assertThat(decided(opa.get(), bundle, List.of(request))).containsExactly(false);
    }

    private static AccessRules rules() {
        return new AccessRules(Conditions.ofPolicies()::compile, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private AccessRules randomRules() {
        AccessRules rules = rules();
        rules.apply(Address.parse("platform/group/all"), new MembersAdded(List.of("group:data", "user:eve")));
        rules.apply(Address.parse("platform/group/data"), new MembersAdded(List.of("user:ana", "service-account:etl")));
        rules.apply(Address.parse("platform/group/night"), new MembersAdded(List.of(one(ACTORS))));
        if (random.nextInt(4) == 0) {
            rules.apply(Address.parse("platform/user/eve"), new UserSuspended("left"));
        }
        for (int i = 0; i < 6; i++) {
            rules.apply(
                    new Address(random.nextBoolean() ? "platform" : "default", "grant", "g" + i),
                    new GrantMade(
                            random.nextBoolean() ? one(ACTORS) : one(GROUPS),
                            random.nextInt(3) == 0 ? "viewer" : null,
                            List.of(one(ACTION_PATTERNS)),
                            List.of(one(RESOURCE_PATTERNS), one(RESOURCE_PATTERNS)),
                            null,
                            NOW));
        }
        for (int i = 0; i < 5; i++) {
            policy(
                    rules,
                    "p" + i,
                    random.nextInt(3) == 0 ? PolicyEffect.DENY : PolicyEffect.ALLOW,
                    random.nextInt(3) == 0 ? "*" : random.nextBoolean() ? one(ACTORS) : one(GROUPS),
                    one(ACTION_PATTERNS),
                    one(RESOURCE_PATTERNS),
                    random.nextInt(5) == 0 ? null : condition(2));
        }
        return rules;
    }

    private static void policy(
            AccessRules rules,
            String name,
            PolicyEffect effect,
            String subject,
            String action,
            String resource,
            String condition) {
        rules.apply(
                new Address(resource.startsWith("default/") ? "default" : "platform", "policy", name),
                new PolicyCreated(
                        name, effect, List.of(subject), List.of(action), List.of(resource), condition, null, NOW));
    }

    private String condition(int depth) {
        if (depth == 0 || random.nextInt(3) == 0) {
            return one(ATOMS);
        }
        return switch (random.nextInt(4)) {
            case 0 -> "!(" + condition(depth - 1) + ")";
            case 1 -> "(" + condition(depth - 1) + ") && (" + condition(depth - 1) + ")";
            case 2 -> "(" + condition(depth - 1) + ") || (" + condition(depth - 1) + ")";
            default ->
                "(" + condition(depth - 1) + ") ? (" + condition(depth - 1) + ") : (" + condition(depth - 1) + ")";
        };
    }

    private AccessRequest randomRequest() {
        Map<String, Object> context = new HashMap<>();
        maybe(context, "cores", List.of(8, 16, 32, "16", 16.5));
        maybe(context, "other", List.of(16, "16", true));
        maybe(context, "flag", List.of(true, false, "true"));
        maybe(context, "purpose", List.of("billing", "tests", "", 7));
        maybe(
                context,
                "tags",
                List.of(
                        Map.of("team", "data", "cost-center", "4711"),
                        Map.of("team", Map.of("x", 1)),
                        Map.of(),
                        "none"));
        maybe(context, "groups", List.of(List.of("group:data"), List.of(), Map.of("group:data", 1), "group:data"));
        maybe(context, "address", List.of("10.1.2.3", "192.168.1.7", "fd00::1", "nowhere", "::ffff:10.0.0.1"));
        return new AccessRequest(one(ACTORS), one(ACTIONS), Address.parse(one(RESOURCES)), context);
    }

    private void maybe(Map<String, Object> context, String name, List<Object> values) {
        if (random.nextInt(4) > 0) {
            context.put(name, one(values));
        }
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** All requests in one evaluation: a process for each would take hours. */
    private List<Boolean> decided(Path opa, Bundle bundle, List<AccessRequest> requests)
            throws IOException, InterruptedException {
        Path archive = Files.write(folder.resolve("bundle.tar.gz"), bundle.bytes());
        List<Map<String, Object>> inputs = new ArrayList<>();
        requests.forEach(request -> inputs.add(OpaInput.of(request, NOW)));
        Path asked = Files.write(folder.resolve("asked.json"), Json.bytes(Map.of("asked", inputs)));
        Path answered = folder.resolve("answered.json");
        Process process = new ProcessBuilder(
                        opa.toString(),
                        "eval",
                        "--v1-compatible",
                        "--bundle",
                        archive.toString(),
                        "--data",
                        asked.toString(),
                        "--format",
                        "json",
                        "[allowed | some request in data.asked; allowed := data.fjord.allow with input as request]")
                .redirectErrorStream(true)
                .redirectOutput(answered.toFile())
                .start();
        process.waitFor();
        JsonNode answer = Json.MAPPER.readTree(answered.toFile());
        JsonNode values = answer.at("/result/0/expressions/0/value");
        assertThat(values.isArray()).as(answer.toString()).isTrue();
        List<Boolean> all = new ArrayList<>();
        values.forEach(value -> all.add(value.asBoolean()));
        assertThat(all).hasSameSizeAs(requests);
        return all;
    }

    private static Optional<Path> opa() {
        Stream<Path> path = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .filter(entry -> !entry.isEmpty())
                .map(Path::of);
        return Stream.concat(path, Stream.of(Path.of(System.getProperty("user.home"), "go", "bin")))
                .map(entry -> entry.resolve("opa"))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
