package io.fjord.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the control plane whose a token is and whether they may use this cluster.
 *
 * <p>An answer holds for {@link #FRESH}, so a grant that is taken away is gone here within a second. While the control plane
 * does not answer, its last answer holds for {@link #LEASE}; after that nobody is let in. Tokens are kept as hashes.
 */
public final class AccessChecks {

    static final Duration FRESH = Duration.ofMillis(500);
    static final Duration LEASE = Duration.ofSeconds(60);

    private static final Logger log = LoggerFactory.getLogger(AccessChecks.class);
    private static final Duration LONGEST_CONNECT = Duration.ofMillis(500);
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(1);
    /** So long after a failure nobody waits for another one. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final int MANY = 4_096;

    private final HttpClient http;
    private final URI check;
    private final String resource;
    private final String question;
    private final LongSupplier nanoTime;
    private final long lease;
    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private volatile Change change;

    /**
     * The last change of who may what that was told.
     *
     * @param position how far the control plane must know its rules; empty for as far as it does
     * @param at what was asked before may be answered otherwise now
     */
    private record Change(String position, long at) {}

    /** What is known of somebody who may have been let in before. */
    enum Standing {
        MAY,
        /** A yes became a no. */
        TAKEN_AWAY,
        /** Their token merely ran out: what began in time may come to its end. */
        RAN_OUT,
        UNDECIDED
    }

    /**
     * What the control plane said.
     *
     * @param actor null if it does not know the token
     * @param askedAt before it was asked: it may have changed its mind ever since
     */
    private record Answer(
            @Nullable String actor,
            boolean allowed,
            @Nullable String decisionId,
            long askedAt) {}

    /** What is known of one token; guarded by itself. */
    private static final class Known {
        @Nullable
        Answer last;

        @Nullable
        CompletableFuture<Answer> asking;

        long askingSince;

        @Nullable
        Long failedAt;
    }

    /** The control plane said nothing that could be understood. */
    private static final class NoAnswer extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoAnswer(String message) {
            super(message, null, false, false);
        }
    }

    AccessChecks(String gateway, String resource, ExecutorService threads) {
        this(gateway, resource, threads, LEASE, System::nanoTime);
    }

    AccessChecks(String gateway, String resource, ExecutorService threads, Duration lease, LongSupplier nanoTime) {
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(LONGEST_CONNECT)
                .executor(threads)
                .build();
        this.check = URI.create(gateway.replaceAll("/+$", "") + "/api/v1/access/check");
        this.resource = resource;
        this.question = Endpoints.JSON
                .createObjectNode()
                .put("action", "cluster:use")
                .put("resource", resource)
                .toString();
        this.lease = lease.toNanos();
        this.nanoTime = nanoTime;
        this.change = new Change("", nanoTime.getAsLong());
    }

    /** From now on nothing counts that was answered before; the position is told to the control plane. */
    void changed(String position) {
        change = new Change(position, nanoTime.getAsLong());
    }

    /** The actor of a token who may use this cluster; waits for the control plane, but not long. */
    String actor(String token) {
        if (!isToken(token)) {
            throw CallerRefused.unknown("What was sent is not a token.");
        }
        return actor(answer(token));
    }

    private String actor(Answer answer) {
        if (answer.actor() == null) {
            throw CallerRefused.unknown("The token is not known, or not valid any more. Get a new one: fjord login.");
        }
        if (!answer.allowed()) {
            throw CallerRefused.denied(answer.actor(), resource, answer.decisionId());
        }
        return answer.actor();
    }

    /** What the control plane says since the last change it told of. */
    Standing now(String token) {
        var since = change;
        try {
            var answer = answer(token);
            if (answer.askedAt() - since.at() < 0) {
                return Standing.UNDECIDED;
            }
            var unused = actor(answer);
            return Standing.MAY;
        } catch (CallerRefused e) {
            return switch (e.reason()) {
                case DENIED -> Standing.TAKEN_AWAY;
                case UNKNOWN -> hasRunOut(token) ? Standing.RAN_OUT : Standing.TAKEN_AWAY;
                case UNDECIDED -> Standing.UNDECIDED;
            };
        }
    }

    /** By what a JWT says of itself, which was checked when it was shown first. */
    private static boolean hasRunOut(String token) {
        var parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return false;
        }
        try {
            var end = Endpoints.JSON
                    .readTree(Base64.getUrlDecoder().decode(parts[1]))
                    .path("exp");
            return end.isNumber() && end.asLong() <= System.currentTimeMillis() / 1000;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isToken(String text) {
        return !text.isEmpty() && text.length() <= 16_384 && text.chars().allMatch(c -> c > ' ' && c < 127);
    }

    private Answer answer(String token) {
        if (known.size() > MANY) {
            known.values().removeIf(this::isForgettable);
        }
        var one = known.computeIfAbsent(hash(token), absent -> new Known());
        CompletableFuture<Answer> asking;
        var since = change;
        synchronized (one) {
            var now = nanoTime.getAsLong();
            if (one.last != null
                    && now - one.last.askedAt() <= FRESH.toNanos()
                    && one.last.askedAt() - since.at() >= 0) {
                return one.last;
            }
            if (one.asking == null && one.failedAt != null && now - one.failedAt < PAUSE.toNanos()) {
                return lastOf(one);
            }
            if (one.asking == null || one.askingSince - since.at() < 0) {
                one.asking = ask(token, one, now, since);
                one.askingSince = now;
            }
            asking = one.asking;
        }
        try {
            return asking.get(LONGEST_ANSWER.toMillis() * 2, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.atDebug().setCause(e).log("The control plane was asked in vain");
        }
        synchronized (one) {
            return lastOf(one);
        }
    }

    /** Asks; all who come meanwhile wait for the same answer. */
    private CompletableFuture<Answer> ask(String token, Known one, long now, Change since) {
        var asking = HttpRequest.newBuilder(check)
                .timeout(LONGEST_ANSWER)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(question));
        if (!since.position().isEmpty()) {
            asking.header("Fjord-Min-Position", since.position());
        }
        var answer = new CompletableFuture<Answer>();
        var unused = http.sendAsync(asking.build(), HttpResponse.BodyHandlers.ofString())
                .thenApply(response -> read(response, now))
                .whenComplete((read, failure) -> {
                    synchronized (one) {
                        if (one.asking == answer) {
                            one.asking = null;
                        }
                        if (failure == null) {
                            // One that was asked before a change may come after one that was asked since.
                            if (one.last == null || one.last.askedAt() - now <= 0) {
                                one.last = read;
                            }
                            one.failedAt = null;
                        } else {
                            one.failedAt = nanoTime.getAsLong();
                        }
                    }
                    if (failure == null) {
                        answer.complete(read);
                    } else {
                        log.atWarn()
                                .addKeyValue("cause", String.valueOf(failure.getMessage()))
                                .log("The control plane does not say who may use this cluster");
                        answer.completeExceptionally(failure);
                    }
                });
        return answer;
    }

    private static Answer read(HttpResponse<String> response, long askedAt) {
        if (response.statusCode() == 401) {
            return new Answer(null, false, null, askedAt);
        }
        if (response.statusCode() != 200) {
            throw new NoAnswer("It answered with status " + response.statusCode());
        }
        JsonNode body;
        try {
            body = Endpoints.JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw new NoAnswer("It did not answer in JSON");
        }
        var actor = body.path("actor").asText("");
        if (actor.isEmpty() || !body.path("allowed").isBoolean()) {
            throw new NoAnswer("It did not say who and whether");
        }
        var decisionId = body.path("decisionId").asText("");
        return new Answer(
                actor, body.path("allowed").booleanValue(), decisionId.isEmpty() ? null : decisionId, askedAt);
    }

    private Answer lastOf(Known one) {
        var last = one.last;
        if (last == null || nanoTime.getAsLong() - last.askedAt() > lease) {
            throw CallerRefused.undecided();
        }
        return last;
    }

    private boolean isForgettable(Known one) {
        synchronized (one) {
            return one.asking == null
                    && (one.last == null
                            || one.last.actor() == null
                            || nanoTime.getAsLong() - one.last.askedAt() > lease);
        }
    }

    private static String hash(String token) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
