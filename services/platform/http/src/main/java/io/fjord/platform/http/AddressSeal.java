package io.fjord.platform.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Where a caller stands, as the gateway tells the services of other processes: sealed with a key that Fjord's own processes have,
 * for the credentials it came with, so that no caller can say it of themselves.
 */
public final class AddressSeal {

    public static final String HEADER = "Fjord-Client-Address";

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    /** @param secret known to Fjord's processes alone: who has it may do everything anyway */
    AddressSeal(byte[] secret) {
        this.key = new SecretKeySpec(mac(new SecretKeySpec(secret, ALGORITHM), "the address of a caller"), ALGORITHM);
    }

    /** The header's value for a request handed on with the same credentials. */
    String seal(String address, HttpServerRequest request) {
        return address + " " + HexFormat.of().formatHex(mac(key, signed(address, request)));
    }

    /** @return empty if there is none, or another sealed it */
    Optional<String> open(HttpServerRequest request) {
        @Nullable String header = request.getHeader(HEADER);
        int blank = header == null ? -1 : header.indexOf(' ');
        if (header == null || blank < 0) {
            return Optional.empty();
        }
        String address = header.substring(0, blank);
        byte[] expected =
                HexFormat.of().formatHex(mac(key, signed(address, request))).getBytes(StandardCharsets.UTF_8);
        byte[] given = header.substring(blank + 1).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(expected, given) ? Optional.of(address) : Optional.empty();
    }

    private static String signed(String address, HttpServerRequest request) {
        return address + "\n" + request.getHeader(HttpHeaders.AUTHORIZATION);
    }

    private static byte[] mac(SecretKeySpec with, String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(with);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java knows " + ALGORITHM, e);
        }
    }
}
