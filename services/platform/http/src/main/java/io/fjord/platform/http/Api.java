package io.fjord.platform.http;

import io.fjord.codec.Json;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A service's routes: those of its OpenAPI document, each with the handler of its operation. */
public final class Api {

    /** Set in tests: replies that are not as the document says become failures. */
    private static final boolean CHECK_REPLIES = Boolean.getBoolean("fjord.http.check-replies");

    /** So often a list is read again, each time without more of what an Open Policy Agent does not let its reader see. */
    private static final int MOST_READINGS = 50;

    private static final Actor NOBODY = new Actor("anonymous");

    private static final Logger log = LoggerFactory.getLogger(Api.class);

    private final String service;
    private final Document document;
    private final Incoming incoming;
    private final @Nullable ReplySchemas replies;
    private final Map<String, Function<Call, Future<Reply>>> handlers = new HashMap<>();
    private final Map<String, Handler<RoutingContext>> raw = new HashMap<>();
    private final Set<String> foreignRoots = new HashSet<>();
    private Predicate<Throwable> passing = failure -> false;
    private @Nullable BiConsumer<RoutingContext, ProblemException> foreignProblems;
    private Function<String, Optional<ProblemException>> changesRefused = operation -> Optional.empty();

    private Api(String service, Document document) {
        this.service = service;
        this.document = document;
        this.incoming = new Incoming(document);
        this.replies = CHECK_REPLIES ? new ReplySchemas(document) : null;
        document.routes().stream()
                .filter(Document.Route::foreign)
                .forEach(route -> foreignRoots.add(root(route.path())));
        document.routes().stream()
                .filter(route -> !route.foreign())
                .forEach(route -> foreignRoots.remove(root(route.path())));
    }

    /** What a path begins with. */
    private static String root(String path) {
        int end = path.indexOf('/', 1);
        return end < 0 ? path : path.substring(0, end);
    }

    /** Reads {@code fjord-schemas/openapi/<service>.yaml}. */
    public static Api load(String service) {
        return new Api(service, Document.of(service));
    }

    public Document document() {
        return document;
    }

    public Api on(String operationId, Function<Call, Future<Reply>> handler) {
        handlers.put(operationId, handler);
        return this;
    }

    /**
     * For streams and protocols of others: the handler reads the body and writes the answer itself, or calls
     * {@code context.fail(failure)}. {@link Call#of} gives what was checked: the caller, and the parameters.
     */
    public Api raw(String operationId, Handler<RoutingContext> handler) {
        raw.put(operationId, handler);
        return this;
    }

    /** Which failures can pass by waiting ({@code metastore::isTransient}): they are answered with 503, not 500. */
    public Api transientWhen(Predicate<Throwable> passing) {
        this.passing = passing;
        return this;
    }

    /**
     * Says no in the words of the protocol, where {@code x-fjord-foreign} operations fail and where there is none below a root that
     * is the protocol's alone.
     */
    public Api foreignProblems(BiConsumer<RoutingContext, ProblemException> writer) {
        this.foreignProblems = writer;
        return this;
    }

    /** Asked for every request that is no read, by operation: what it is refused with, if it is. */
    Api refuseChanges(Function<String, Optional<ProblemException>> refusal) {
        this.changesRefused = refusal;
        return this;
    }

    /**
     * @param authenticator a {@link Doorkeeper}; with any other, the operator alone comes in
     * @throws IllegalStateException naming each operation without handler, each handler without operation, and each operation
     *     whose document does not say who may enter
     */
    public Router router(Vertx vertx, Authenticator authenticator) {
        checkComplete();
        Doorkeeper doorkeeper = authenticator.doorkeeper();
        Router router = Router.router(vertx);
        for (Document.Route route : document.routes()) {
            Outlet outlet = new Outlet(route, doorkeeper);
            router.route(HttpMethod.valueOf(route.method()), vertxPath(route.path()))
                    .handler(outlet::handle)
                    .failureHandler(context -> outlet.fail(context, failureOf(context)));
        }
        router.errorHandler(
                404,
                context -> refuse(
                        context, HttpProblems.noSuchPath(context.request().path())));
        router.errorHandler(
                405,
                context -> refuse(
                        context,
                        HttpProblems.methodNotAllowed(
                                context.request().method().name(),
                                context.request().path())));
        router.errorHandler(
                400, context -> refuse(context, HttpProblems.invalidRequest("", "The address cannot be read")));
        router.errorHandler(500, context -> refuse(context, failureOf(context)));
        return router;
    }

    private void checkComplete() {
        TreeSet<String> operations = new TreeSet<>();
        document.routes().forEach(route -> operations.add(route.operationId()));
        TreeSet<String> handled = new TreeSet<>(handlers.keySet());
        handled.addAll(raw.keySet());
        TreeSet<String> missing = new TreeSet<>(operations);
        missing.removeAll(handled);
        TreeSet<String> unknown = new TreeSet<>(handled);
        unknown.removeAll(operations);
        TreeSet<String> twice = new TreeSet<>(handlers.keySet());
        twice.retainAll(raw.keySet());
        List<String> faults = new ArrayList<>();
        if (!missing.isEmpty()) {
            faults.add("operations without handler: " + missing);
        }
        if (!unknown.isEmpty()) {
            faults.add("handlers without operation: " + unknown);
        }
        if (!twice.isEmpty()) {
            faults.add("operations with two handlers: " + twice);
        }
        document.routes().forEach(route -> faults.addAll(Entry.faults(route)));
        if (!faults.isEmpty()) {
            throw new IllegalStateException(
                    "openapi/" + service + ".yaml and its routes differ: " + String.join("; ", faults));
        }
    }

    static String pathVariable(String name) {
        return name.replaceAll("[^A-Za-z0-9_]", "_");
    }

    private static String vertxPath(String path) {
        StringBuilder all = new StringBuilder();
        for (String part : path.split("(?=\\{)|(?<=\\})")) {
            all.append(part.startsWith("{") ? ":" + pathVariable(part.substring(1, part.length() - 1)) : part);
        }
        return all.toString();
    }

    private static Throwable failureOf(RoutingContext context) {
        Throwable failure = context.failure();
        return failure != null ? failure : new IllegalStateException("failed with status " + context.statusCode());
    }

    /** For what reaches no operation. */
    private void refuse(RoutingContext context, Throwable failure) {
        Trace trace = Trace.of(context);
        ProblemException told = Failures.problem(failure, trace, passing);
        Failures.log(context.request(), "none", trace, told.problem(), failure);
        timer("none", context.request().method().name(), told.problem().status())
                .record(Duration.ZERO);
        if (foreignProblems != null
                && foreignRoots.contains(root(context.request().path()))
                && !context.response().headWritten()) {
            foreignProblems.accept(context, told);
        } else {
            Failures.write(context.request(), trace, told);
        }
    }

    private Timer timer(String operation, String method, int status) {
        return Timer.builder("fjord.http.requests")
                .description("Requests answered, by operation")
                .tag("service", service)
                .tag("operation", operation)
                .tag("method", method)
                .tag("status", Integer.toString(status))
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(20),
                        Duration.ofMillis(100),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(5))
                .register(Metrics.globalRegistry);
    }

    /** The way of one request through one operation. */
    private final class Outlet {

        private final Document.Route route;
        private final Doorkeeper doorkeeper;
        private final Entry entry;
        private final Map<Integer, Timer> timers = new java.util.concurrent.ConcurrentHashMap<>();

        Outlet(Document.Route route, Doorkeeper doorkeeper) {
            this.route = route;
            this.doorkeeper = doorkeeper;
            this.entry = new Entry(route);
        }

        void handle(RoutingContext context) {
            HttpServerRequest request = context.request();
            long started = System.nanoTime();
            request.pause();
            // The end of the answer is the gateway's to hear of, in the same process.
            request.response()
                    .bodyEndHandler(ended -> timers.computeIfAbsent(
                                    request.response().getStatusCode(),
                                    status -> timer(route.operationId(), route.method(), status))
                            .record(Duration.ofNanos(System.nanoTime() - started)));
            Handler<RoutingContext> own = raw.get(route.operationId());
            Future<Actor> known = route.open()
                    ? Future.succeededFuture(NOBODY)
                    : doorkeeper.authenticator().authenticate(request);
            Future<Permissions> allowed =
                    known.compose(actor -> enter(context, actor)).compose(this::notRefused);
            Future<?> done = own == null
                    ? allowed.compose(permissions -> answer(context, permissions))
                    : allowed.map(permissions -> handOver(context, permissions, own));
            done.onFailure(failure -> fail(context, failure));
        }

        private Future<Permissions> enter(RoutingContext context, Actor actor) {
            Permissions permissions = new Permissions(doorkeeper, actor, doorkeeper.context(context.request()));
            entry.check(permissions, name -> parameter(context, name));
            return permissions.settle().map(right -> {
                if (!right) {
                    entry.check(permissions, name -> parameter(context, name));
                }
                return permissions;
            });
        }

        /**
         * What a read was answered with on what was presumed does not count unless all of it was right: it is read again then, with
         * what is known now.
         */
        private Future<Reply> answered(
                Call call, Permissions permissions, Function<Call, Future<Reply>> handler, int again) {
            Future<Reply> reply = handled(call, handler);
            if (!route.reads()) {
                return reply;
            }
            return reply.transform(done -> permissions.settle().compose(right -> {
                if (right) {
                    return reply;
                }
                return again == 0
                        ? Future.failedFuture(HttpProblems.serviceUnavailable("opa"))
                        : answered(call, permissions, handler, again - 1);
            }));
        }

        private Future<Reply> handled(Call call, Function<Call, Future<Reply>> handler) {
            try {
                return handler.apply(call);
            } catch (RuntimeException e) {
                return Future.failedFuture(e);
            }
        }

        private Optional<String> parameter(RoutingContext context, String name) {
            String inPath = context.pathParam(pathVariable(name));
            String value = inPath != null ? inPath : context.queryParams().get(name);
            return value != null
                    ? Optional.of(value)
                    : route.byDefault(name, "query")
                            .or(() -> name.equals("domain") ? Optional.of("default") : Optional.empty());
        }

        private Future<Permissions> notRefused(Permissions permissions) {
            Optional<ProblemException> refusal =
                    route.reads() ? Optional.empty() : changesRefused.apply(route.operationId());
            return refusal.isPresent() ? Future.failedFuture(refusal.get()) : Future.succeededFuture(permissions);
        }

        private Future<Void> answer(RoutingContext context, Permissions permissions) {
            Function<Call, Future<Reply>> handler = handlers.getOrDefault(route.operationId(), call -> {
                throw new IllegalStateException(route.operationId() + " has no handler");
            });
            return incoming.read(route, context, permissions)
                    .compose(call -> answered(call, permissions, handler, MOST_READINGS))
                    .map(reply -> {
                        if (unasked(permissions, reply.status())) {
                            throw new IllegalStateException(route.operationId() + " answered without asking for "
                                    + route.action() + ": its handler must, where the document names no resource");
                        }
                        write(context, reply);
                        return null;
                    });
        }

        /** A handler that forgot to ask gives nothing away. */
        private boolean unasked(Permissions permissions, int status) {
            return route.guarded() && status < 400 && !permissions.asked();
        }

        private RoutingContext handOver(
                RoutingContext context, Permissions permissions, Handler<RoutingContext> handler) {
            incoming.readHead(route, context, permissions);
            permissions.presumeNothing();
            context.addHeadersEndHandler(ended -> {
                if (unasked(permissions, context.response().getStatusCode())) {
                    log.atError()
                            .addKeyValue("operation", route.operationId())
                            .log("A handler answered without asking whether its caller may; the connection is closed");
                    context.request().connection().close();
                }
            });
            context.response().putHeader(Trace.REQUEST_ID, Trace.of(context).correlationId());
            handler.handle(context);
            context.request().resume();
            return context;
        }

        private void write(RoutingContext context, Reply reply) {
            HttpServerResponse response = context.response();
            if (response.ended() || response.closed()) {
                return;
            }
            Buffer body = bytes(reply);
            response.putHeader("Cache-Control", "no-store")
                    .putHeader(Trace.REQUEST_ID, Trace.of(context).correlationId());
            if (body != null) {
                response.putHeader("Content-Type", "application/json");
            }
            reply.headers().forEach(response::putHeader);
            String etag = reply.headers().get("ETag");
            if (etag != null
                    && route.method().equals("GET")
                    && etag.equals(context.request().getHeader("If-None-Match"))) {
                response.setStatusCode(304).end();
                return;
            }
            response.setStatusCode(reply.status());
            if (body == null) {
                response.end();
            } else {
                response.end(body);
            }
        }

        private @Nullable Buffer bytes(Reply reply) {
            Object body = reply.body();
            if (body == null || body instanceof Buffer) {
                return (Buffer) body;
            }
            byte[] json = body instanceof Reply.Written written ? written.json() : Json.bytes(body);
            if (replies != null && !route.foreign()) {
                replies.check(route.operationId(), reply.status(), json);
            }
            return Buffer.buffer(json);
        }

        void fail(RoutingContext context, Throwable failure) {
            if (Failures.isGone(context.request(), failure)) {
                return;
            }
            Trace trace = Trace.of(context);
            ProblemException told = Failures.problem(failure, trace, passing);
            Failures.log(context.request(), route.operationId(), trace, told.problem(), failure);
            if (route.foreign()
                    && foreignProblems != null
                    && !context.response().headWritten()) {
                context.request().resume();
                foreignProblems.accept(context, told);
            } else {
                Failures.write(context.request(), trace, told);
            }
        }
    }
}
