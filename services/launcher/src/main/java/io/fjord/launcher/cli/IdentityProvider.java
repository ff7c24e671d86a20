package io.fjord.launcher.cli;

import com.nimbusds.jwt.JWTParser;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.ResourceOwnerPasswordCredentialsGrant;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.device.DeviceAuthorizationRequest;
import com.nimbusds.oauth2.sdk.device.DeviceAuthorizationResponse;
import com.nimbusds.oauth2.sdk.device.DeviceAuthorizationSuccessResponse;
import com.nimbusds.oauth2.sdk.device.DeviceCodeGrant;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import io.fjord.embedded.ServerFailed;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The OpenID provider as the command line sees it: it logs people in, renews their tokens and logs them out. */
final class IdentityProvider {

    private static final int TIMEOUT_MILLIS = 10_000;
    private static final Scope SCOPE = new Scope("openid");

    private final String issuer;
    private final ClientID client;
    private @Nullable OIDCProviderMetadata known;

    IdentityProvider(String issuer, String clientId) {
        this.issuer = issuer;
        this.client = new ClientID(clientId);
    }

    /** The provider refuses: what it said, and its code for it. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String code;

        Refused(ErrorObject error) {
            super(error.getDescription() == null ? String.valueOf(error.getCode()) : error.getDescription());
            this.code = String.valueOf(error.getCode());
        }

        String code() {
            return code;
        }
    }

    /** A login that its person has yet to confirm in a browser. */
    record Device(String code, String userCode, URI address, Duration interval, Instant expiresAt) {}

    /** Begins a login on whichever device has a browser (RFC 8628). */
    Device begin() {
        var endpoint = metadata().getDeviceAuthorizationEndpointURI();
        if (endpoint == null) {
            throw new ServerFailed("The identity provider " + issuer + " has no device flow. Use --user, or log in"
                    + " with another program and send its token.");
        }
        try {
            var request = new DeviceAuthorizationRequest.Builder(client)
                    .endpointURI(endpoint)
                    .scope(SCOPE)
                    .build();
            var response = DeviceAuthorizationResponse.parse(send(request.toHTTPRequest()));
            if (!response.indicatesSuccess()) {
                throw new Refused(response.toErrorResponse().getErrorObject());
            }
            return device(response.toSuccessResponse());
        } catch (ParseException e) {
            throw unreadable(e);
        }
    }

    private static Device device(DeviceAuthorizationSuccessResponse response) {
        var complete = response.getVerificationURIComplete();
        return new Device(
                response.getDeviceCode().getValue(),
                response.getUserCode().getValue(),
                complete == null ? response.getVerificationURI() : complete,
                Duration.ofSeconds(Math.max(1, response.getInterval())),
                Instant.now().plusSeconds(response.getLifetime()));
    }

    /** The tokens of a login that was confirmed; empty while it is not. */
    Optional<SavedLogin> poll(Device device) {
        try {
            return Optional.of(
                    tokens(new DeviceCodeGrant(new com.nimbusds.oauth2.sdk.device.DeviceCode(device.code()))));
        } catch (Refused e) {
            if (e.code().equals("authorization_pending") || e.code().equals("slow_down")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** A login by name and password, where the provider allows it. */
    SavedLogin login(String user, String password) {
        return tokens(new ResourceOwnerPasswordCredentialsGrant(user, new Secret(password)));
    }

    SavedLogin renew(String refreshToken) {
        return tokens(new RefreshTokenGrant(new RefreshToken(refreshToken)));
    }

    /** Ends the session behind a refresh token. */
    void logout(String refreshToken) {
        var end = metadata().getEndSessionEndpointURI();
        var revoke = metadata().getRevocationEndpointURI();
        if (end != null && form(end, Map.of("client_id", client.getValue(), "refresh_token", refreshToken))) {
            return;
        }
        if (revoke == null || !form(revoke, Map.of("client_id", client.getValue(), "token", refreshToken))) {
            throw new ServerFailed("The identity provider " + issuer + " did not end the session.");
        }
    }

    private boolean form(URI endpoint, Map<String, String> fields) {
        var request = new HTTPRequest(HTTPRequest.Method.POST, endpoint);
        request.setHeader("Content-Type", "application/x-www-form-urlencoded");
        var body = new java.util.LinkedHashMap<String, List<String>>();
        fields.forEach((name, value) -> body.put(name, List.of(value)));
        request.setBody(com.nimbusds.oauth2.sdk.util.URLUtils.serializeParameters(body));
        return send(request).indicatesSuccess();
    }

    private SavedLogin tokens(AuthorizationGrant grant) {
        try {
            var request = new TokenRequest.Builder(metadata().getTokenEndpointURI(), client, grant)
                    .scope(SCOPE)
                    .build();
            var response = TokenResponse.parse(send(request.toHTTPRequest()));
            if (!response.indicatesSuccess()) {
                throw new Refused(response.toErrorResponse().getErrorObject());
            }
            var tokens = response.toSuccessResponse().getTokens();
            var access = tokens.getAccessToken();
            var refresh = tokens.getRefreshToken();
            return new SavedLogin(
                    issuer,
                    client.getValue(),
                    userOf(access.getValue()),
                    access.getValue(),
                    refresh == null ? "" : refresh.getValue(),
                    Instant.now().plusSeconds(access.getLifetime() == 0 ? 300 : access.getLifetime()));
        } catch (ParseException e) {
            throw unreadable(e);
        }
    }

    /** For the eyes only: whoever counts on it checks the signature. */
    private static String userOf(String token) {
        try {
            var claims = JWTParser.parse(token).getJWTClaimsSet();
            var name = claims.getStringClaim("preferred_username");
            return name == null ? String.valueOf(claims.getSubject()) : name;
        } catch (java.text.ParseException e) {
            return "(unknown)";
        }
    }

    private OIDCProviderMetadata metadata() {
        var metadata = known;
        if (metadata == null) {
            try {
                metadata = OIDCProviderMetadata.resolve(new Issuer(issuer), TIMEOUT_MILLIS, TIMEOUT_MILLIS);
            } catch (IOException e) {
                throw unreachable(e);
            } catch (GeneralException e) {
                throw new ServerFailed(
                        "The identity provider " + issuer + " does not describe itself as one: " + e.getMessage(), e);
            }
            known = metadata;
        }
        return metadata;
    }

    private HTTPResponse send(HTTPRequest request) {
        request.setConnectTimeout(TIMEOUT_MILLIS);
        request.setReadTimeout(TIMEOUT_MILLIS);
        request.setAccept("application/json");
        try {
            return request.send();
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private ServerFailed unreachable(IOException e) {
        return new ServerFailed(
                "The identity provider " + issuer + " cannot be reached (" + e.getMessage() + "). Valid logins go on;"
                        + " new ones wait until it is back. For a Keycloak of ours: `fjord status`, `fjord logs keycloak`.",
                e);
    }

    private ServerFailed unreadable(ParseException e) {
        return new ServerFailed("The identity provider " + issuer + " answered nonsense: " + e.getMessage(), e);
    }
}
