package io.fjord.gateway;

import io.fjord.codec.Json;
import io.fjord.contract.Problem;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Trace;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.NetSocket;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of the Thrift port: negotiates, then asks for one call after the other.
 *
 * <p>Frames are where a client happened to flush; a call may lie in several, so where it ends is read from the call itself. An
 * answer is passed on as it comes, a frame for each part of it.
 */
final class ThriftConnection {

    private static final Logger log = LoggerFactory.getLogger(ThriftConnection.class);

    // The negotiation of Thrift's SASL transport: a status, a length, a payload.
    private static final byte START = 1;
    private static final byte OK = 2;
    private static final byte BAD = 3;
    private static final byte ERROR = 4;
    private static final byte COMPLETE = 5;
    private static final String MECHANISM = "PLAIN";

    private static final long NEGOTIATION_MILLIS = 20_000;
    private static final int LONGEST_NEGOTIATION = 64 * 1024;

    /** As much as a cluster takes. */
    private static final int LONGEST_CALL = 32 * 1024 * 1024;

    /** A client that flushes so often means harm: where a call ends is looked for at the end of each frame. */
    private static final int MOST_FRAMES = 2_000;

    private final Vertx vertx;
    private final NetSocket socket;
    private final HttpClient client;
    private final ThriftPort.Door door;
    private Step step = this::start;
    private Buffer unread = Buffer.buffer();
    private Buffer call = Buffer.buffer();
    private int frames;
    private boolean busy;
    private boolean closed;
    private long timer;
    private String token = "";
    private ClusterName wanted = ClusterName.NONE;
    private @Nullable HttpClientRequest underWay;
    private Admission.@Nullable Ticket ticket;

    /** What is done with the next of what arrived; false if it is not all there yet. */
    private interface Step {
        boolean take();
    }

    ThriftConnection(Vertx vertx, NetSocket socket, HttpClient client, ThriftPort.Door door) {
        this.vertx = vertx;
        this.socket = socket;
        this.client = client;
        this.door = door;
    }

    void begin() {
        timer = vertx.setTimer(NEGOTIATION_MILLIS, late -> close("It did not say who it is"));
        socket.exceptionHandler(failure -> close(String.valueOf(failure.getMessage())));
        socket.closeHandler(gone -> closed());
        socket.handler(bytes -> {
            unread = unread.length() == 0 ? bytes.copy() : unread.appendBuffer(bytes);
            advance();
        });
    }

    private void advance() {
        try {
            while (!busy && !closed && step.take()) {
                // on to the next
            }
        } catch (ThriftMessage.Unreadable e) {
            close(String.valueOf(e.getMessage()));
        }
    }

    private Buffer take(int head, int length) {
        Buffer taken = unread.getBuffer(head, head + length);
        unread = unread.getBuffer(head + length, unread.length());
        return taken;
    }

    private void waitFor(boolean something) {
        busy = something;
        if (something) {
            socket.pause();
        } else {
            socket.resume();
        }
    }

    // Who it is

    private boolean start() {
        if (unread.length() > 0 && unread.getByte(0) != START) {
            throw new ThriftMessage.Unreadable("It does not begin with SASL; choose PLAIN, and the user and token");
        }
        Buffer mechanism = negotiated();
        if (mechanism == null) {
            return false;
        }
        if (!mechanism.toString(StandardCharsets.UTF_8).equals(MECHANISM)) {
            refuse(BAD, "Only " + MECHANISM + " is spoken here: any user, and a token as password");
            return false;
        }
        step = this::credentials;
        return true;
    }

    private boolean credentials() {
        byte status = unread.length() == 0 ? OK : unread.getByte(0);
        if (status != OK && status != COMPLETE) {
            throw new ThriftMessage.Unreadable("It broke the negotiation off");
        }
        Buffer payload = negotiated();
        if (payload == null) {
            return false;
        }
        // RFC 4616: on whose behalf, user, password.
        String[] parts = payload.toString(StandardCharsets.UTF_8).split("\0", -1);
        if (parts.length != 3) {
            refuse(BAD, "These are no credentials of " + MECHANISM);
            return false;
        }
        token = parts[2];
        wanted = ClusterName.ofUser(parts[1]);
        waitFor(true);
        door.caller(token, socket.remoteAddress()).onSuccess(this::known).onFailure(failure -> {
            log.atInfo()
                    .addKeyValue("protocol", "thrift")
                    .addKeyValue("cause", String.valueOf(failure.getMessage()))
                    .log("Connection refused");
            refuse(
                    ERROR,
                    failure instanceof ProblemException told
                            ? words(told.problem())
                            : "It cannot be told now who you are");
        });
        return false;
    }

    private void known(Actor actor) {
        vertx.cancelTimer(timer);
        step = this::frame;
        send(Buffer.buffer().appendByte(COMPLETE).appendInt(0));
        log.atDebug()
                .addKeyValue("actor", actor.id())
                .addKeyValue("protocol", "thrift")
                .log("Connected");
        waitFor(false);
        advance();
    }

    private @Nullable Buffer negotiated() {
        if (unread.length() < 5) {
            return null;
        }
        int length = unread.getInt(1);
        if (length < 0 || length > LONGEST_NEGOTIATION) {
            throw new ThriftMessage.Unreadable("A negotiation of " + length + " bytes");
        }
        return unread.length() < 5 + length ? null : take(5, length);
    }

    private void refuse(byte status, String why) {
        closed = true;
        vertx.cancelTimer(timer);
        byte[] bytes = why.getBytes(StandardCharsets.UTF_8);
        socket.write(Buffer.buffer().appendByte(status).appendInt(bytes.length).appendBytes(bytes))
                .eventually(socket::close)
                .onFailure(this::alreadyGone);
    }

    // What it wants

    private boolean frame() {
        if (unread.length() < 4) {
            return false;
        }
        int length = unread.getInt(0);
        if (length < 0 || length > LONGEST_CALL - call.length() || frames > MOST_FRAMES) {
            throw new ThriftMessage.Unreadable("A call of more than " + LONGEST_CALL + " bytes is not taken");
        }
        if (unread.length() < 4 + length) {
            return false;
        }
        call.appendBuffer(take(4, length));
        frames++;
        Optional<ThriftMessage> whole = ThriftMessage.first(call);
        whole.ifPresent(this::called);
        return whole.isEmpty();
    }

    private void called(ThriftMessage message) {
        Buffer body = call.getBuffer(0, message.length());
        call = call.getBuffer(message.length(), call.length());
        frames = 0;
        waitFor(true);
        new Exchange(message, body).begin();
    }

    /** One call and its answer. */
    private final class Exchange {

        private final ThriftMessage message;
        private final Buffer body;
        private final Trace trace = Trace.begin();
        private final long started = System.nanoTime();

        Exchange(ThriftMessage message, Buffer body) {
            this.message = message;
            this.body = body;
        }

        void begin() {
            // Asked for each call: a token may have been suspended since.
            door.caller(token, socket.remoteAddress())
                    .compose(this::destination)
                    .onSuccess(this::ask)
                    .onFailure(this::refuse);
        }

        private Future<Destination> destination(Actor actor) {
            if (closed) {
                throw new CancellationException("The client is gone");
            }
            ticket = door.admit(actor);
            return door.running(wanted).map(Cluster::hiveServer2);
        }

        private void ask(Destination destination) {
            client.request(new RequestOptions()
                            .setServer(destination.address())
                            .setMethod(HttpMethod.POST)
                            .setURI(destination.uri()))
                    .compose(request -> {
                        underWay = request;
                        request.putHeader(HttpHeaders.AUTHORIZATION, Callers.bearer(token))
                                .putHeader(HttpHeaders.CONTENT_TYPE, "application/x-thrift")
                                .putHeader(Trace.REQUEST_ID, trace.correlationId())
                                .putHeader(Trace.TRACEPARENT, trace.traceparent())
                                .putHeader(
                                        Forwarder.FORWARDED_FOR,
                                        socket.remoteAddress().hostAddress());
                        return request.send(body);
                    })
                    .onSuccess(answer -> answered(destination, answer))
                    .onFailure(failure -> refuse(
                            failure instanceof ConnectException || failure instanceof UnknownHostException
                                    ? destination.notThere()
                                    : destination.lost()));
        }

        private void answered(Destination destination, HttpClientResponse answer) {
            if (answer.statusCode() != 200) {
                answer.body().onComplete(body -> refuse(told(body.result(), destination)));
                return;
            }
            answer.handler(part -> {
                send(Buffer.buffer(4 + part.length()).appendInt(part.length()).appendBuffer(part));
                if (socket.writeQueueFull()) {
                    answer.pause();
                    socket.drainHandler(drained -> answer.resume());
                }
            });
            // Half an answer cannot be mended: the client sees the connection end.
            answer.exceptionHandler(failure -> close("The cluster went away in the middle of an answer"));
            answer.endHandler(end -> over("ok"));
        }

        private void refuse(Throwable failure) {
            Problem problem = failure instanceof ProblemException told
                    ? told.problem()
                    : Problem.of(
                            "internal-error",
                            500,
                            "Something broke",
                            "It is not your request's fault. The log tells what, under correlation id "
                                    + trace.correlationId() + "; 'fjord logs' finds it.");
            var line = problem.status() >= 500 ? log.atWarn().setCause(failure) : log.atInfo();
            line.addKeyValue("protocol", "thrift")
                    .addKeyValue("operation", message.method())
                    .addKeyValue("problem", problem.slug())
                    .addKeyValue("correlationId", trace.correlationId())
                    .log("Call refused");
            Buffer refusal = message.refusal(problem);
            send(Buffer.buffer(4 + refusal.length()).appendInt(refusal.length()).appendBuffer(refusal));
            over(problem.slug());
        }

        private void over(String result) {
            underWay = null;
            release();
            Timer.builder("fjord.gateway.thrift.calls")
                    .description("Thrift calls handed on to clusters")
                    .tag("result", result)
                    .register(Metrics.globalRegistry)
                    .record(Duration.ofNanos(System.nanoTime() - started));
            if (!closed) {
                waitFor(false);
                advance();
            }
        }
    }

    /** The no of the cluster in its own words. */
    private static ProblemException told(@Nullable Buffer body, Destination destination) {
        try {
            Problem problem = body == null ? null : Json.read(body.toString(StandardCharsets.UTF_8), Problem.class);
            return problem == null || problem.title() == null || problem.detail() == null
                    ? destination.lost()
                    : new ProblemException(problem);
        } catch (RuntimeException e) {
            return destination.lost();
        }
    }

    // The connection

    private void send(Buffer bytes) {
        socket.write(bytes).onFailure(this::alreadyGone);
    }

    private void close(String why) {
        if (!closed) {
            log.atInfo()
                    .addKeyValue("protocol", "thrift")
                    .addKeyValue("cause", why)
                    .log("Connection closed");
            closed = true;
            socket.close().onFailure(this::alreadyGone);
        }
    }

    private void closed() {
        closed = true;
        vertx.cancelTimer(timer);
        release();
        HttpClientRequest request = underWay;
        if (request != null) {
            request.reset().onFailure(this::alreadyGone);
        }
    }

    private void release() {
        Admission.Ticket held = ticket;
        if (held != null) {
            ticket = null;
            held.close();
        }
    }

    private void alreadyGone(Throwable failure) {
        log.atTrace().setCause(failure).log("The other side was gone already");
    }

    private static String words(Problem problem) {
        return problem.title() + ". " + problem.detail();
    }
}
