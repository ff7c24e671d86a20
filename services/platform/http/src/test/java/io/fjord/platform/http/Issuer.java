package io.fjord.platform.http;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.fjord.codec.Json;
import io.vertx.core.http.HttpServer;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** An OpenID Connect issuer of the test's own: a discovery document, keys, and tokens signed with them. */
final class Issuer implements AutoCloseable {

    /** Making one takes a while. */
    static final JWK RSA = rsa("first");

    static final JWK OTHER_RSA = rsa("second");
    static final JWK EC = ec("curve");

    final AtomicInteger asked = new AtomicInteger();
    volatile List<JWK> published = List.of(RSA, EC);
    private volatile HttpServer server;
    private final int port;

    Issuer() {
        server = listen(0);
        port = server.actualPort();
    }

    private HttpServer listen(int at) {
        return Web.await(Web.VERTX
                .createHttpServer()
                .requestHandler(request -> {
                    if (request.path().endsWith("/.well-known/openid-configuration")) {
                        request.response()
                                .end(Json.text(Map.of("issuer", address(), "jwks_uri", address() + "/certs")));
                    } else {
                        asked.incrementAndGet();
                        request.response().end(new JWKSet(published).toString(true));
                    }
                })
                .listen(at, "127.0.0.1"));
    }

    String address() {
        return "http://127.0.0.1:" + (server == null ? port : server.actualPort()) + "/realms/test";
    }

    OidcTokens.Settings settings() {
        return new OidcTokens.Settings(address(), "fjord", "");
    }

    void down() {
        Web.await(server.close());
    }

    void up() {
        server = listen(port);
    }

    /** Right in everything. */
    JWTClaimsSet.Builder claims(String subject, Instant now) {
        return new JWTClaimsSet.Builder()
                .issuer(address())
                .audience(List.of("account", "fjord"))
                .subject(subject)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(300)));
    }

    static String signed(JWTClaimsSet claims, JWK key, JWSAlgorithm algorithm) {
        return signed(claims, key, key.getKeyID(), algorithm);
    }

    static String signed(JWTClaimsSet claims, JWK key, String keyId, JWSAlgorithm algorithm) {
        try {
            JWSSigner signer = key instanceof ECKey curve ? new ECDSASigner(curve) : new RSASSASigner(key.toRSAKey());
            SignedJWT jwt =
                    new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(), claims);
            jwt.sign(signer);
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JWK rsa(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JWK ec(String id) {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        down();
    }
}
