package io.fjord.iam.scim;

import com.unboundid.scim2.common.exceptions.ResourceNotFoundException;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What SCIM can do here, for clients to find out (RFC 7644 §4, RFC 7643 §5 to §7). */
final class ScimDocuments {

    private static final String LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    private static final String TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
    private static final String SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema";

    private final Map<String, Map<String, Object>> types = new LinkedHashMap<>();
    private final Map<String, Map<String, Object>> schemas = new LinkedHashMap<>();

    ScimDocuments() {
        types.put("User", type("User", "/Users", ScimUsers.SCHEMA));
        types.put("Group", type("Group", "/Groups", ScimGroups.SCHEMA));
        schemas.put(
                ScimUsers.SCHEMA,
                schema(
                        ScimUsers.SCHEMA,
                        "User",
                        List.of(
                                text("userName", true, false, "server", "What they log in with; case does not count."),
                                text("displayName", false, false, "none", "What they are called."),
                                plain("active", "boolean", "Whether they are let in; who is not is suspended."))));
        schemas.put(
                ScimGroups.SCHEMA,
                schema(
                        ScimGroups.SCHEMA,
                        "Group",
                        List.of(text("displayName", true, false, "none", "What it is called."), members())));
    }

    Future<Reply> config(Call call) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("schemas", List.of("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"));
        config.put("patch", Map.of("supported", true));
        config.put("bulk", Map.of("supported", false, "maxOperations", 0, "maxPayloadSize", 0));
        config.put("filter", Map.of("supported", true, "maxResults", ScimResources.MOST_RESULTS));
        config.put("changePassword", Map.of("supported", false));
        config.put("sort", Map.of("supported", true));
        config.put("etag", Map.of("supported", true));
        config.put(
                "authenticationSchemes",
                List.of(Map.of(
                        "type", "oauthbearertoken",
                        "name", "Bearer token",
                        "description",
                                "A personal access token of a service account, or a token of the identity provider",
                        "primary", true)));
        config.put(
                "meta",
                Map.of("resourceType", "ServiceProviderConfig", "location", Scim.BASE + "/ServiceProviderConfig"));
        return Future.succeededFuture(Scim.reply(200, config));
    }

    Future<Reply> types(Call call) {
        return all(types);
    }

    Future<Reply> type(Call call) {
        return one(types, call.path("id"));
    }

    Future<Reply> schemas(Call call) {
        return all(schemas);
    }

    Future<Reply> schema(Call call) {
        return one(schemas, call.path("id"));
    }

    private static Future<Reply> all(Map<String, Map<String, Object>> documents) {
        Map<String, Object> list = new LinkedHashMap<>();
        list.put("schemas", List.of(LIST));
        list.put("totalResults", documents.size());
        list.put("startIndex", 1);
        list.put("itemsPerPage", documents.size());
        list.put("Resources", documents.values());
        return Future.succeededFuture(Scim.reply(200, list));
    }

    private static Future<Reply> one(Map<String, Map<String, Object>> documents, String id) {
        Map<String, Object> found = documents.get(id);
        if (found == null) {
            throw new Scim.Refused(new ResourceNotFoundException("There is no '" + id + "'"));
        }
        return Future.succeededFuture(Scim.reply(200, found));
    }

    private static Map<String, Object> type(String name, String endpoint, String schema) {
        Map<String, Object> type = new LinkedHashMap<>();
        type.put("schemas", List.of(TYPE));
        type.put("id", name);
        type.put("name", name);
        type.put("endpoint", endpoint);
        type.put("schema", schema);
        type.put("meta", Map.of("resourceType", "ResourceType", "location", Scim.BASE + "/ResourceTypes/" + name));
        return type;
    }

    private static Map<String, Object> schema(String id, String name, List<Map<String, Object>> attributes) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("schemas", List.of(SCHEMA));
        schema.put("id", id);
        schema.put("name", name);
        schema.put("attributes", attributes);
        schema.put("meta", Map.of("resourceType", "Schema", "location", Scim.BASE + "/Schemas/" + id));
        return schema;
    }

    private static Map<String, Object> plain(String name, String type, String description) {
        Map<String, Object> attribute = new LinkedHashMap<>();
        attribute.put("name", name);
        attribute.put("type", type);
        attribute.put("multiValued", false);
        attribute.put("description", description);
        attribute.put("required", false);
        attribute.put("mutability", "readWrite");
        attribute.put("returned", "default");
        return attribute;
    }

    private static Map<String, Object> text(
            String name, boolean required, boolean caseExact, String uniqueness, String description) {
        Map<String, Object> attribute = plain(name, "string", description);
        attribute.put("required", required);
        attribute.put("caseExact", caseExact);
        attribute.put("uniqueness", uniqueness);
        return attribute;
    }

    private static Map<String, Object> members() {
        Map<String, Object> members = plain("members", "complex", "Users and groups in it.");
        members.put("multiValued", true);
        members.put(
                "subAttributes",
                List.of(
                        text("value", true, true, "none", "The id of a user or a group."),
                        text("type", false, false, "none", "User or Group."),
                        text("$ref", false, true, "none", "Where it is.")));
        return members;
    }
}
