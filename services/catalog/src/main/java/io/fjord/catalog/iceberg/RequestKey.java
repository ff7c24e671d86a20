package io.fjord.catalog.iceberg;

import io.fjord.kernel.Ids;
import java.nio.charset.StandardCharsets;
import org.apache.iceberg.exceptions.UnprocessableEntityException;

/**
 * An {@code Idempotency-Key} as it is kept: whose it is and for which operation, and what was asked.
 *
 * @param digest of caller, method, path and key
 * @param request digest of the body
 */
record RequestKey(String digest, String request) {

    static RequestKey of(String actor, String method, String path, String key, byte[] body) {
        String whose = String.join("\n", actor, method, path, key);
        return new RequestKey(Ids.sha256(whose.getBytes(StandardCharsets.UTF_8)), Ids.sha256(body));
    }

    /** @throws UnprocessableEntityException if something else was asked before under this key */
    void requireSame(String requestBefore) {
        if (!requestBefore.equals(request)) {
            throw new UnprocessableEntityException(
                    "The Idempotency-Key was used for another request before. Send a new one");
        }
    }
}
