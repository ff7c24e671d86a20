package io.fjord.webhooks.delivery;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Brings a delivery to an address. */
interface Carrier {

    /**
     * What was answered.
     *
     * @param retryAfter how long the endpoint wants to be left alone
     */
    record Answer(int status, Map<String, String> headers, String body, Optional<Duration> retryAfter) {}

    /** @return fails if there was no answer; {@link Sender#told} says why */
    Future<Answer> post(String url, Map<String, String> headers, byte[] body);

    Future<Void> close();
}
