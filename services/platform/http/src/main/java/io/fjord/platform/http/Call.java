package io.fjord.platform.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Origin;
import io.fjord.contract.Position;
import io.fjord.kernel.Candidates;
import io.fjord.kernel.Ids;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One request, read and found right by the document. */
public final class Call {

    private static final String KEY = Call.class.getName();
    private static final Pattern OWN_KEY = Pattern.compile("again-([0-9a-f-]{36})-([0-9a-f]{16})");
    private static final Pattern WAIT = Pattern.compile("(?:^|[,;])\\s*wait\\s*=\\s*\"?([0-9]{1,6})\"?\\s*(?:[,;]|$)");
    private static final int LONGEST_WAIT_SECONDS = 60;
    private static final Set<String> PAGING = Set.of("pageToken", "pageSize");

    private final RoutingContext context;
    private final Document.Route route;
    private final Permissions permissions;
    private final Trace trace;
    private final Buffer body;
    private @Nullable String commandId;

    Call(RoutingContext context, Document.Route route, Permissions permissions, Buffer body) {
        this.context = context;
        this.route = route;
        this.permissions = permissions;
        this.trace = Trace.of(context);
        this.body = body;
        context.put(KEY, this);
    }

    /** The call behind a routing context, for raw handlers. */
    public static Call of(RoutingContext context) {
        Call call = context.get(KEY);
        if (call == null) {
            throw new IllegalStateException("This request did not come through an Api");
        }
        return call;
    }

    public String operationId() {
        return route.operationId();
    }

    public String method() {
        return route.method();
    }

    /** Of the request itself, without the query: {@code /api/v1/clusters/etl}. */
    public String path() {
        return context.request().path();
    }

    /** @throws IllegalArgumentException if the path has no such part */
    public String path(String name) {
        String value = context.pathParam(Api.pathVariable(name));
        if (value == null) {
            throw new IllegalArgumentException(route.path() + " has no {" + name + "}");
        }
        return value;
    }

    /** The value of a query parameter, or its default in the document. */
    public Optional<String> query(String name) {
        String value = context.queryParams().get(name);
        return value != null ? Optional.of(value) : route.byDefault(name, "query");
    }

    public int queryInt(String name, int otherwise) {
        return query(name).map(Integer::parseInt).orElse(otherwise);
    }

    public boolean queryFlag(String name) {
        return query(name).map(Boolean::parseBoolean).orElse(false);
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(context.request().getHeader(name));
    }

    /** The body's bytes as they came; empty for none. */
    public Buffer body() {
        return body;
    }

    /** @throws ProblemException if the body has another shape */
    public <T> T body(Class<T> shape) {
        try {
            T value = Json.MAPPER.readValue(body.getBytes(), shape);
            if (value == null) {
                throw HttpProblems.invalidRequest("", "must be an object");
            }
            return value;
        } catch (JsonMappingException e) {
            String pointer = e.getPath().stream()
                    .map(step ->
                            "/" + (step.getFieldName() == null ? String.valueOf(step.getIndex()) : step.getFieldName()))
                    .collect(Collectors.joining());
            throw HttpProblems.invalidRequest(pointer, "has a value that cannot be read here");
        } catch (JsonProcessingException e) {
            throw HttpProblems.invalidRequest("", "is not JSON");
        } catch (IOException e) {
            throw new IllegalStateException("A body in memory cannot be read", e);
        }
    }

    /** Id of who calls. */
    public String actor() {
        return permissions.actor().id();
    }

    /** Who calls, and what the identity provider tells of them. */
    public Actor caller() {
        return permissions.actor();
    }

    /** Where it comes from, for the commands it leads to. */
    public Origin origin() {
        return permissions.origin();
    }

    /** Whether the caller may; for what is shown or left out. */
    public boolean may(String action, Address resource) {
        return permissions.may(action, resource);
    }

    /**
     * Demands that the caller may do what the operation's document says to this resource.
     *
     * @throws ProblemException {@code access-denied}
     */
    public void require(Address resource) {
        if (route.guarded()) {
            permissions.require(route.action(), resource);
        }
    }

    /** @throws ProblemException {@code access-denied} */
    public void require(String action, Address resource) {
        permissions.require(action, resource);
    }

    /** Which of many things the caller may do it to. Cheap where kinds are all the same, as they are for administrators. */
    public Predicate<Address> those(String action) {
        return permissions.those(action);
    }

    /** Those which the operation's own action is allowed on. */
    public Predicate<Address> those() {
        return route.guarded() ? permissions.those(route.action()) : resource -> true;
    }

    /** Those the operation's own action could be allowed on: no others are, and of these each is asked about still. Empty for any. */
    public Optional<Candidates> candidates(String domain, String kind) {
        return route.guarded() ? permissions.candidates(route.action(), domain, kind) : Optional.empty();
    }

    /** Says that the handler decides by something other than actions, its own rows for instance. */
    public void decidesItself() {
        permissions.decidedOtherwise();
    }

    /** The {@code ?domain=} it is about. */
    public String domain() {
        String domain = query("domain").orElse("default");
        if (!Address.NAME.matcher(domain).matches()) {
            throw HttpProblems.invalidRequest(
                    "domain", "must be 1 to 63 lower-case letters, digits or dashes, with no dash at either end");
        }
        return domain;
    }

    public Trace trace() {
        return trace;
    }

    public String correlationId() {
        return trace.correlationId();
    }

    public String traceparent() {
        return trace.traceparent();
    }

    /** How long {@code Prefer: wait=} would wait for the outcome (RFC 7240), at most 60; 0 for not at all. */
    public int waitSeconds() {
        Matcher wait = WAIT.matcher(String.join(",", request().headers().getAll("Prefer")));
        return wait.find() ? Math.min(LONGEST_WAIT_SECONDS, Integer.parseInt(wait.group(1))) : 0;
    }

    /** Whether only a rehearsal is wanted. */
    public boolean dryRun() {
        return queryFlag("dryRun");
    }

    /**
     * The id of the command this call sends: the same for every retry under one {@code Idempotency-Key}, else a new UUIDv7.
     * Whatever is derived from it ({@code Ids.of(commandId, …)}) makes a retry's command equal to the first one.
     */
    public String commandId() {
        if (commandId == null) {
            commandId = idempotencyKey().map(this::idUnder).orElseGet(Ids::next);
        }
        return commandId;
    }

    /** The key given, without the quotes of a structured field. */
    public Optional<String> idempotencyKey() {
        return header("Idempotency-Key").map(String::trim).map(key -> {
            String bare = key.length() >= 2 && key.startsWith("\"") && key.endsWith("\"")
                    ? key.substring(1, key.length() - 1)
                    : key;
            if (bare.isEmpty() || bare.length() > 255) {
                throw HttpProblems.invalidRequest("Idempotency-Key", "must have 1 to 255 characters");
            }
            return bare;
        });
    }

    /**
     * The key under which this very command can be sent again, also if none was given: it carries the id, sealed with domain,
     * caller, method and path, so that it means nothing in the hands of others.
     */
    String retryKey() {
        return idempotencyKey().orElseGet(() -> "again-" + commandId() + "-" + seal(commandId()));
    }

    private String idUnder(String key) {
        Matcher own = OWN_KEY.matcher(key);
        if (own.matches() && own.group(2).equals(seal(own.group(1)))) {
            return own.group(1);
        }
        return Ids.of(domain(), actor(), method(), path(), key);
    }

    private String seal(String id) {
        return Ids.of("retry", domain(), actor(), method(), path(), id)
                .replace("-", "")
                .substring(0, 16);
    }

    /** The version demanded by {@code If-Match}; null for any. */
    public @Nullable Long ifMatch() {
        String given = context.request().getHeader("If-Match");
        if (given == null || given.trim().equals("*")) {
            return null;
        }
        String tag = given.trim();
        if (tag.length() >= 3
                && tag.length() <= 20
                && tag.startsWith("\"")
                && tag.endsWith("\"")
                && tag.chars().skip(1).limit(tag.length() - 2L).allMatch(c -> c >= '0' && c <= '9')) {
            return Long.valueOf(tag.substring(1, tag.length() - 1));
        }
        throw HttpProblems.invalidRequest(
                "If-Match", "must be one ETag as it was given, in quotes, for instance \"7\"; or *");
    }

    /** What {@code Fjord-Min-Position} demands, by service; empty if it is absent or names an operation. */
    public Map<String, Position> minPosition() {
        Map<String, Position> wanted = new TreeMap<>();
        String given = context.request().getHeader("Fjord-Min-Position");
        if (given == null || minOperation().isPresent()) {
            return wanted;
        }
        for (String part : given.split(",", -1)) {
            int equals = part.indexOf('=');
            try {
                wanted.put(
                        part.substring(0, equals).trim(),
                        Position.parse(part.substring(equals + 1).trim()));
            } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
                throw HttpProblems.invalidRequest(
                        "Fjord-Min-Position",
                        "must be as Fjord-Position was given, for instance core=1:4711, or the id of an operation");
            }
        }
        return wanted;
    }

    /** The operation that {@code Fjord-Min-Position} names. */
    public Optional<String> minOperation() {
        return header("Fjord-Min-Position")
                .map(String::trim)
                .filter(text -> text.length() == 36 && text.indexOf('=') < 0);
    }

    public int pageSize() {
        return queryInt("pageSize", 100);
    }

    /** What makes a list the same list: everything asked for except where in it. */
    String listIdentity() {
        return operationId() + " " + path() + " "
                + context.queryParams().entries().stream()
                        .filter(entry -> !PAGING.contains(entry.getKey()))
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .sorted()
                        .collect(Collectors.joining("&"));
    }

    public HttpServerRequest request() {
        return context.request();
    }
}
