package io.fjord.runtime;

import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.apache.iceberg.catalog.SessionCatalog.SessionContext;
import org.apache.iceberg.rest.HTTPHeaders;
import org.apache.iceberg.rest.HTTPHeaders.HTTPHeader;
import org.apache.iceberg.rest.ImmutableHTTPRequest;
import org.apache.iceberg.rest.RESTClient;
import org.apache.iceberg.rest.auth.AuthManager;
import org.apache.iceberg.rest.auth.AuthSession;
import org.jspecify.annotations.Nullable;

/**
 * Shows the catalog the newest token of the owner of the session that asks; one without a token is sent as nobody.
 *
 * <p>Iceberg makes it by class name, so any session could name it for a catalog of its own, somewhere else: without the proof,
 * which never leaves the process, it gives no token away.
 */
public final class CatalogTokens implements AuthManager {

    private static final String PROOF_KEY = "fjord.proof";
    private static final String PROOF = UUID.randomUUID().toString();

    /** Called by Iceberg. */
    public CatalogTokens(String catalog) {
        Objects.requireNonNull(catalog);
    }

    /** What a catalog needs among its properties to be asked with tokens. */
    static Map<String, String> properties() {
        return Map.of("rest.auth.type", CatalogTokens.class.getName(), PROOF_KEY, PROOF);
    }

    private static void refuseUnlessProven(Map<String, String> properties) {
        if (!PROOF.equals(properties.get(PROOF_KEY))) {
            throw new IllegalArgumentException("Tokens are shown to the cluster's own catalogs alone.");
        }
    }

    /** Asks what the catalog can do: once, as whoever comes first. */
    @Override
    public AuthSession initSession(RESTClient client, Map<String, String> properties) {
        refuseUnlessProven(properties);
        return of(SessionOwner.current());
    }

    /** For calls without a session: there are none, so they are made as nobody. */
    @Override
    public AuthSession catalogSession(RESTClient client, Map<String, String> properties) {
        refuseUnlessProven(properties);
        return AuthSession.EMPTY;
    }

    @Override
    public AuthSession contextualSession(SessionContext context, AuthSession parent) {
        return context.wrappedIdentity() instanceof SessionOwner owner ? of(owner) : parent;
    }

    private static AuthSession of(@Nullable SessionOwner owner) {
        return new AuthSession() {
            @Override
            public org.apache.iceberg.rest.HTTPRequest authenticate(org.apache.iceberg.rest.HTTPRequest request) {
                var token = owner == null ? null : owner.token();
                if (token == null) {
                    return request;
                }
                return ImmutableHTTPRequest.copyOf(request)
                        .withHeaders(HTTPHeaders.of(HTTPHeader.of("Authorization", "Bearer " + token))
                                .putIfAbsent(request.headers()));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void close() {}
}
