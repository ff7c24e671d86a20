package io.fjord.platform.access.opa;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.contract.Address;
import io.fjord.kernel.Ids;
import io.fjord.platform.access.guardrail.RegoRules;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Guardrails in Rego, evaluated by an Open Policy Agent: each is a package of its own there, named for what it says, whose
 * {@code allow} must be true. An agent that has forgotten one is given it again.
 */
public final class OpaRegoRules implements RegoRules {

    private static final Pattern PACKAGE = Pattern.compile("(?m)^\\s*package\\s+\\S+\\s*$");

    private final OpaClient opa;

    public OpaRegoRules(OpaClient opa) {
        this.opa = opa;
    }

    @Override
    public Future<Boolean> passes(Address guardrail, String rego, Map<String, Object> input) {
        String name = name(rego);
        return opa.data(path(name), input)
                .compose(answer -> answer.isPresent()
                        ? Future.succeededFuture(answer)
                        : opa.putPolicy("guardrails/" + name, inPackage(name, rego))
                                .compose(put -> opa.data(path(name), input)))
                .map(OpaRegoRules::isTrue);
    }

    private static boolean isTrue(Optional<JsonNode> answer) {
        if (answer.isEmpty() || !answer.get().isBoolean()) {
            throw new IllegalStateException("its 'allow' is neither true nor false: give it a default");
        }
        return answer.get().booleanValue();
    }

    /** @return what the agent finds wrong with it; fails if the agent does not answer */
    public Future<Optional<String>> fault(String rego) {
        if (!PACKAGE.matcher(rego).find()) {
            return Future.succeededFuture(Optional.of("it must have a line 'package <name>'"));
        }
        String name = "check_" + name(rego);
        return opa.putPolicy("guardrails/" + name, inPackage(name, rego)).compose(put -> {
            if (!put.isGood()) {
                JsonNode first = put.body().path("errors").path(0);
                return Future.succeededFuture(
                        Optional.of("at line " + first.at("/location/row").asInt(1) + ", column "
                                + first.at("/location/col").asInt(1) + ": "
                                + first.path("message").asText("it cannot be compiled")));
            }
            return opa.deletePolicy("guardrails/" + name).map(Optional.empty());
        });
    }

    private static String name(String rego) {
        return "g_" + Ids.sha256(rego.getBytes(StandardCharsets.UTF_8)).substring(0, 24);
    }

    private static String path(String name) {
        return "guardrails/" + name + "/allow";
    }

    private static String inPackage(String name, String rego) {
        return PACKAGE.matcher(rego).replaceFirst(Matcher.quoteReplacement("package guardrails." + name));
    }
}
