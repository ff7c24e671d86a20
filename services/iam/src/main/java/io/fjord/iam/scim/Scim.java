package io.fjord.iam.scim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.scim2.common.exceptions.BadRequestException;
import com.unboundid.scim2.common.exceptions.ScimException;
import com.unboundid.scim2.common.utils.JsonUtils;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The JSON of SCIM (RFC 7644): what comes in, what goes out, and its errors. */
final class Scim {

    static final String BASE = "/scim/v2";

    /** Attribute names are the same in upper and lower case; this mapper's nodes know that. */
    static final ObjectMapper MAPPER = JsonUtils.createObjectMapper();

    private static final String CONTENT_TYPE = "application/scim+json";
    private static final String ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";

    private static final Map<String, String> TYPES = Map.of(
            "user-name-taken", "uniqueness",
            "user-already-registered", "uniqueness",
            "group-already-exists", "uniqueness",
            "not-a-member", "invalidValue",
            "group-in-itself", "invalidValue",
            "group-too-large", "tooMany");

    private Scim() {}

    /** A no in SCIM's own words, on its way through futures. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient ScimException told;

        Refused(ScimException told) {
            super(told.getMessage(), told, false, false);
            this.told = told;
        }
    }

    /** What of the library may refuse. */
    interface Asked<T> {
        T of() throws ScimException;
    }

    static <T> T ask(Asked<T> asked) {
        try {
            return asked.of();
        } catch (ScimException e) {
            throw new Refused(e);
        }
    }

    static Refused invalidValue(String detail) {
        return new Refused(BadRequestException.invalidValue(detail));
    }

    /** A handler whose refusals are told as SCIM has them. */
    static Function<Call, Future<Reply>> handler(Function<Call, Future<Reply>> handler) {
        return call -> {
            Future<Reply> answered;
            try {
                answered = handler.apply(call);
            } catch (Refused e) {
                answered = Future.failedFuture(e);
            }
            return answered.recover(failure -> failure instanceof Refused refused
                    ? Future.succeededFuture(reply(
                            refused.told.getScimError().getStatus(),
                            error(
                                    refused.told.getScimError().getStatus(),
                                    refused.told.getScimError().getScimType(),
                                    String.valueOf(refused.told.getScimError().getDetail()))))
                    : Future.failedFuture(failure));
        };
    }

    static ObjectNode body(Call call) {
        try {
            JsonNode body = MAPPER.readTree(call.body().getBytes());
            if (body instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            // told below
        } catch (IOException e) {
            throw new IllegalStateException("A body in memory cannot be read", e);
        }
        throw new Refused(BadRequestException.invalidSyntax("The body is not a JSON object"));
    }

    static Reply reply(int status, Object json) {
        return Reply.bytes(CONTENT_TYPE, bytes(json)).status(status);
    }

    private static Buffer bytes(Object json) {
        try {
            return Buffer.buffer(MAPPER.writeValueAsBytes(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("SCIM cannot be written as JSON", e);
        }
    }

    /** For what is refused before or beside the handlers. */
    static void refuse(RoutingContext context, ProblemException refused) {
        int status = refused.problem().status();
        refused.headers().forEach(context.response()::putHeader);
        var ended = context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", CONTENT_TYPE)
                .putHeader("Cache-Control", "no-store")
                .end(bytes(error(
                        status,
                        TYPES.get(refused.problem().slug()),
                        refused.problem().detail())));
        ended.onFailure(gone -> context.request().connection().close());
    }

    private static Map<String, Object> error(int status, @Nullable String type, String detail) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("schemas", List.of(ERROR));
        error.put("status", String.valueOf(status));
        if (type != null) {
            error.put("scimType", type);
        }
        error.put("detail", detail);
        return error;
    }

    /** Text of an attribute; null where it is absent or null. */
    static @Nullable String text(ObjectNode from, String attribute) {
        JsonNode value = from.path(attribute);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()
                || value.textValue().isBlank()
                || value.textValue().length() > 255) {
            throw invalidValue(attribute + " must be text of 1 to 255 characters");
        }
        return value.textValue();
    }

    static String needed(ObjectNode from, String attribute) {
        String text = text(from, attribute);
        if (text == null) {
            throw invalidValue(attribute + " is missing");
        }
        return text;
    }

    /** The version a weak or strong ETag of ours names; null for any. */
    static @Nullable Long ifMatch(Call call) {
        String given = call.header("If-Match").map(String::trim).orElse("*");
        if (given.equals("*")) {
            return null;
        }
        String digits = given.replaceFirst("^W/", "").replace("\"", "");
        if (!digits.matches("[0-9]{1,18}")) {
            throw new Refused(new ScimException(412, "invalidVers", "If-Match must be a version as it was given"));
        }
        return Long.valueOf(digits);
    }
}
