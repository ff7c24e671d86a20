package io.fjord.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Asks the control plane what somebody may do with the tables of the Hive Metastore, which itself lets everybody do everything.
 * Nothing is kept: a right that is taken away is gone with the next statement. No answer is a no.
 */
final class TableRights {

    /** The metastore knows no domains; its tables are called so everywhere. */
    private static final String PLACE = "default/";

    private static final String CATALOG = "hive";
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(2);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(LONGEST_ANSWER)
            .build();
    private final URI check;

    TableRights(String gateway) {
        this.check = URI.create(gateway.replaceAll("/+$", "") + "/api/v1/access/check");
    }

    /**
     * Returns if they may.
     *
     * @param kind {@code table}, {@code view}, {@code namespace} or {@code catalog}
     * @param verb {@code read}, {@code write} or {@code manage}
     * @param levels of the name, below the catalog
     * @throws SecurityException saying what is missing
     */
    void require(@Nullable SessionOwner owner, String kind, String verb, String... levels) {
        var name = new StringBuilder(CATALOG);
        for (var level : levels) {
            // As everywhere in addresses: the dot of a name is not the dot between two.
            name.append('.').append(level.replace("%", "%25").replace(".", "%2E"));
        }
        var action = kind + ":" + verb;
        var resource = PLACE + kind + "/" + name;
        var token = owner == null ? null : owner.token();
        if (owner == null || token == null) {
            throw new SecurityException("Nobody asks for " + action + " of " + resource + ".");
        }
        var answer = ask(token, action, resource);
        if (!answer.path("allowed").asBoolean(false)) {
            var decision = answer.path("decisionId").asText("");
            throw new SecurityException(owner.actor() + " may not " + action + " " + resource + "."
                    + (decision.isEmpty()
                            ? ""
                            : " Decision " + decision + ": GET /api/v1/decisions/" + decision
                                    + " says why, and who could allow it."));
        }
    }

    private JsonNode ask(String token, String action, String resource) {
        var question = Endpoints.JSON
                .createObjectNode()
                .put("action", action)
                .put("resource", resource)
                .toString();
        try {
            var response = http.send(
                    HttpRequest.newBuilder(check)
                            .timeout(LONGEST_ANSWER)
                            .header("Authorization", "Bearer " + token)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(question))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 200) {
                return Endpoints.JSON.readTree(response.body());
            }
            if (response.statusCode() == 401) {
                throw new SecurityException(
                        "The token is not known, or not valid any more. Get a new one: fjord login.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // told below
        }
        throw new SecurityException("Whether you may " + action + " " + resource
                + " cannot be found out: the control plane does not answer. Try again.");
    }
}
