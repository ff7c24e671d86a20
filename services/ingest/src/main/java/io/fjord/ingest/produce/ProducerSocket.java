package io.fjord.ingest.produce;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpService;
import io.vertx.core.Vertx;
import io.vertx.core.http.ServerWebSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One long-lived producer over a WebSocket. It may have so many messages under way as it has credit; each is paid back with its
 * acknowledgement, or later, when the broker has room again.
 */
final class ProducerSocket {

    /** Messages under way; of at most 256 KiB each. */
    static final int CREDIT = 16;

    private static final Logger log = LoggerFactory.getLogger(ProducerSocket.class);
    private static final long BUSY_MILLIS = 20;

    /** Then it has to say again who it is. */
    private static final long LONGEST_MILLIS = 3_600_000;

    private static final short PROTOCOL = 1002;
    private static final short POLICY = 1008;
    private static final short GOING_AWAY = 1001;
    private static final short TRY_AGAIN = 1013;

    private final Vertx vertx;
    private final ServerWebSocket socket;
    private final ProduceRoutes routes;
    private final BooleanSupplier admits;
    private final Address stream;
    private final Call call;
    private int credit = CREDIT;

    /** What the server says first, and whenever there is credit without an acknowledgement. */
    private record Credit(String type, int credit) {}

    /**
     * What became of a message.
     *
     * @param sequence the number it came with
     * @param credit messages that may be sent besides
     * @param deduplicatedSince for want of memory only what came later than that is known; null for the whole window
     * @param results of the events that were not taken
     * @param problem why none of them was looked at
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Acknowledgement(
            String type,
            long sequence,
            int credit,
            long accepted,
            long duplicates,
            @Nullable Instant deduplicatedSince,
            List<Result> results,
            @Nullable Problem problem) {}

    private static final ProduceRoutes.Taken NOTHING = new ProduceRoutes.Taken(List.of(), null);

    private record Refused(String type, Problem problem) {}

    private record Message(
            long sequence, String contentType, @Nullable String key, byte[] events) {}

    ProducerSocket(
            Vertx vertx,
            ServerWebSocket socket,
            ProduceRoutes routes,
            BooleanSupplier admits,
            Address stream,
            Call call) {
        this.vertx = vertx;
        this.socket = socket;
        this.routes = routes;
        this.admits = admits;
        this.stream = stream;
        this.call = call;
    }

    void open() {
        long longest = vertx.setTimer(LONGEST_MILLIS, id -> end(GOING_AWAY, "Connect again"));
        socket.closeHandler(closed -> vertx.cancelTimer(longest));
        socket.exceptionHandler(failure -> log.atDebug().setCause(failure).log("A producer went away"));
        socket.textMessageHandler(this::message);
        say(new Credit("credit", CREDIT));
    }

    /** There is no such stream, or none that takes events yet. */
    void refuse(Throwable failure) {
        say(new Refused("problem", HttpService.problem(failure, call.trace())));
        end(TRY_AGAIN, "The stream takes no events");
    }

    private void message(String text) {
        Message message;
        try {
            message = read(text.getBytes(StandardCharsets.UTF_8));
        } catch (JsonText.Wrong e) {
            end(PROTOCOL, "Send {\"sequence\": 1, \"events\": [...]}");
            return;
        }
        if (credit == 0) {
            end(POLICY, "There was no credit left");
            return;
        }
        // Who could when it was opened may not be allowed to any more.
        if (!call.may("event-stream:write", stream)) {
            end(POLICY, "You may not write to it any more");
            return;
        }
        credit--;
        routes.take(
                        call,
                        stream,
                        new ProduceRoutes.Sent(message.contentType(), null, Map.of(), message.key(), message.events()))
                .onSuccess(taken -> paidBack(message.sequence(), taken, null))
                .onFailure(
                        failure -> paidBack(message.sequence(), NOTHING, HttpService.problem(failure, call.trace())));
    }

    private void paidBack(long sequence, ProduceRoutes.Taken taken, @Nullable Problem problem) {
        List<Result> results = taken.results();
        int back = admits.getAsBoolean() ? 1 : 0;
        credit += back;
        if (back == 0) {
            later();
        }
        say(new Acknowledgement(
                "ack",
                sequence,
                back,
                results.stream()
                        .filter(result -> result.result() == Result.Fate.ACCEPTED)
                        .count(),
                results.stream()
                        .filter(result -> result.result() == Result.Fate.DUPLICATE)
                        .count(),
                taken.deduplicatedSince(),
                results.stream().filter(result -> !result.taken()).toList(),
                problem));
    }

    private void later() {
        var unused = vertx.setTimer(BUSY_MILLIS, id -> {
            if (!admits.getAsBoolean()) {
                later();
            } else {
                credit++;
                say(new Credit("credit", 1));
            }
        });
    }

    private void say(Object frame) {
        if (!socket.isClosed()) {
            socket.writeTextMessage(Json.text(frame))
                    .onFailure(failure -> log.atDebug().setCause(failure).log("A producer went away"));
        }
    }

    private void end(short code, String why) {
        socket.close(code, why)
                .onFailure(failure -> log.atDebug().setCause(failure).log("A producer went away"));
    }

    private static Message read(byte[] text) throws JsonText.Wrong {
        long sequence = -1;
        String contentType = "application/json";
        String key = null;
        byte[] events = null;
        try (JsonParser parser = JsonText.STRICT.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new JsonText.Wrong("not an object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "sequence" -> sequence = parser.getLongValue();
                    case "contentType" -> contentType = parser.getText();
                    case "idempotencyKey" -> key = parser.getText();
                    case "events" -> {
                        if (value != JsonToken.START_ARRAY) {
                            throw new JsonText.Wrong("events is no array");
                        }
                        int from = (int) parser.currentTokenLocation().getByteOffset();
                        parser.skipChildren();
                        events = Arrays.copyOfRange(
                                text, from, (int) parser.currentLocation().getByteOffset());
                    }
                    default -> throw new JsonText.Wrong("unknown field");
                }
            }
        } catch (IOException e) {
            throw JsonText.wrong(e);
        }
        if (sequence < 0 || events == null) {
            throw new JsonText.Wrong("sequence or events are missing");
        }
        return new Message(
                sequence,
                // Always an array: of data, or of CloudEvents.
                contentType.startsWith("application/cloudevents")
                        ? "application/cloudevents-batch+json"
                        : "application/json",
                key,
                events);
    }
}
