package io.fjord.platform.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;

/** Knows one caller, the operator, by the token in a file that the operator alone can read. */
public final class OperatorToken implements Authenticator {

    static final Future<Actor> OPERATOR = Future.succeededFuture(new Actor("user:operator"));
    private static final String BEARER = "bearer ";

    private final byte[] expected;

    /** @throws IllegalStateException if the file holds no token */
    public OperatorToken(Path tokenFile) {
        expected = read(tokenFile).getBytes(StandardCharsets.UTF_8);
    }

    /** Writes a random token (mode 600) unless the file is there already; returns the token. */
    public static String ensure(Path tokenFile) {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        String token = "fjord_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        var privately = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var channel = Files.newByteChannel(
                tokenFile, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), privately)) {
            channel.write(StandardCharsets.UTF_8.encode(token + "\n"));
            return token;
        } catch (FileAlreadyExistsException e) {
            return read(tokenFile);
        } catch (IOException e) {
            throw new UncheckedIOException("The operator token cannot be written to " + tokenFile, e);
        }
    }

    @Override
    public Future<Actor> authenticate(HttpServerRequest request) {
        String given = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (given == null) {
            return Future.failedFuture(HttpProblems.notAuthenticated("This needs a token"));
        }
        return given.regionMatches(true, 0, BEARER, 0, BEARER.length())
                        && is(given.substring(BEARER.length()).trim())
                ? OPERATOR
                : Future.failedFuture(HttpProblems.tokenRefused(
                        "That token is not the operator's", "'fjord token' prints the right one"));
    }

    /** Between the processes that have the token. */
    public AddressSeal addressSeal() {
        return new AddressSeal(expected);
    }

    /** Of the drivers that processes start which have the token. */
    PipelineTokens pipelines() {
        return new PipelineTokens(expected);
    }

    DriverTokens drivers() {
        return new DriverTokens(expected);
    }

    boolean is(String token) {
        // isEqual takes the same time wherever the first difference is.
        return MessageDigest.isEqual(expected, token.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(Path tokenFile) {
        try {
            String token = Files.readString(tokenFile).trim();
            if (token.length() < 16) {
                throw new IllegalStateException("There is no token in " + tokenFile + "; remove it and start again");
            }
            return token;
        } catch (IOException e) {
            throw new UncheckedIOException("The operator token cannot be read from " + tokenFile, e);
        }
    }
}
