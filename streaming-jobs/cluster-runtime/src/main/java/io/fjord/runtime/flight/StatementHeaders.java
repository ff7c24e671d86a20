package io.fjord.runtime.flight;

import io.fjord.runtime.Statements;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.jspecify.annotations.Nullable;

/** What a Flight call says about its statement in headers: its id, and the catalog and namespace it starts in. */
record StatementHeaders(
        @Nullable String statementId,
        @Nullable String catalog,
        @Nullable String namespace) implements FlightServerMiddleware {

    static final String STATEMENT_ID = "fjord-statement-id";
    static final String SESSION_CATALOG = "fjord-session-catalog";
    static final String SESSION_NAMESPACE = "fjord-session-namespace";
    static final Key<StatementHeaders> KEY = Key.of("fjord-statement");

    static StatementHeaders of(CallHeaders headers) {
        var id = headers.get(STATEMENT_ID);
        if (id != null && !Statements.isId(id)) {
            throw CallStatus.INVALID_ARGUMENT
                    .withDescription("The header " + STATEMENT_ID
                            + " must be 1 to 128 letters, digits or _ . : - and start with a letter or digit.")
                    .toRuntimeException();
        }
        return new StatementHeaders(id, headers.get(SESSION_CATALOG), headers.get(SESSION_NAMESPACE));
    }

    static StatementHeaders of(FlightProducer.CallContext call) {
        return call.getMiddleware(KEY);
    }

    @Override
    public void onBeforeSendingHeaders(CallHeaders outgoing) {}

    @Override
    public void onCallCompleted(CallStatus status) {}

    @Override
    public void onCallErrored(Throwable error) {}
}
