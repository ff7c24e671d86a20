package io.fjord.sql.statement;

import io.fjord.contract.Address;
import java.time.Instant;

/**
 * A SQL statement as its row has it, without its wording.
 *
 * @param cluster name, in the domain
 * @param correlationId of the request that submitted it; all its events have it
 * @param digest SHA-256 (hex) of the text
 * @param length characters of the text
 * @param requestDigest SHA-256 (hex) of what was asked, to tell a retry from another wish
 */
record Statement(
        String id,
        long version,
        String domain,
        String cluster,
        String actor,
        String correlationId,
        String kind,
        String digest,
        int length,
        String requestDigest,
        Instant submitted,
        Instant deadline,
        StatementState state) {

    Address address() {
        return new Address(domain, "statement", id);
    }

    Statement to(StatementState next) {
        return new Statement(
                id,
                version + 1,
                domain,
                cluster,
                actor,
                correlationId,
                kind,
                digest,
                length,
                requestDigest,
                submitted,
                deadline,
                next);
    }

    boolean ended() {
        return state instanceof StatementState.Ended;
    }
}
