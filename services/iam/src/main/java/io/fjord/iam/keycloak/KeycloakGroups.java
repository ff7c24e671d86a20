package io.fjord.iam.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.iam.IssuerGroups;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Keycloak's groups, by what they are called here. */
public final class KeycloakGroups {

    private static final int PAGE = 1_000;

    private final KeycloakAdmin keycloak;

    public KeycloakGroups(KeycloakAdmin keycloak) {
        this.keycloak = keycloak;
    }

    /** All of them, those in others too. */
    Future<Map<String, JsonNode>> all() {
        Map<String, JsonNode> all = new TreeMap<>();
        return collect("/groups?briefRepresentation=true", 0, all).map(all);
    }

    private Future<Void> collect(String of, int first, Map<String, JsonNode> all) {
        return keycloak.get(of + "&first=" + first + "&max=" + PAGE).compose(answer -> {
            JsonNode page = answer.orThrow("Groups cannot be listed").body();
            Future<Void> collected = Future.succeededFuture();
            for (JsonNode group : page) {
                all.put(IssuerGroups.name(group.path("path").asText()), group);
                if (group.path("subGroupCount").asLong() > 0) {
                    String children = "/groups/" + group.path("id").asText() + "/children?briefRepresentation=true";
                    collected = collected.compose(ok -> collect(children, 0, all));
                }
            }
            return page.size() < PAGE ? collected : collected.compose(ok -> collect(of, first + PAGE, all));
        });
    }

    /** The one of that name, if it is not in another one. */
    Future<Optional<JsonNode>> top(String name) {
        return keycloak.get("/groups?exact=true&search=" + KeycloakAdmin.encoded(name))
                .map(answer -> {
                    List<JsonNode> found = new ArrayList<>();
                    answer.orThrow("Groups cannot be searched").body().forEach(found::add);
                    return found.stream()
                            .filter(group -> IssuerGroups.name(
                                            group.path("path").asText())
                                    .equals(name))
                            .findFirst();
                });
    }

    /** Makes one unless it is there; completes with its id. */
    public Future<String> ensure(String name) {
        return top(name)
                .compose(found -> found.isPresent()
                        ? Future.succeededFuture(found.get().path("id").asText())
                        : keycloak.post("/groups", Map.of("name", name))
                                .map(answer -> answer.orThrow("The group '" + name + "' cannot be made")
                                        .made()));
    }
}
