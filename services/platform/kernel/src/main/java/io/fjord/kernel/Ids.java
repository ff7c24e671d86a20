package io.fjord.kernel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.UUID;

/** Identifiers (RFC 9562): version 7, sortable by time, for what is new; version 5 for what must be the same again. */
public final class Ids {

    /** Namespace of Fjord's UUIDv5s. */
    private static final UUID NAMESPACE = UUID.fromString("6f1d2c9a-8f0e-5b57-9d0e-2b1c7a64f10d");

    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    public static String next() {
        long millis = System.currentTimeMillis();
        byte[] random = new byte[10];
        RANDOM.nextBytes(random);
        ByteBuffer tail = ByteBuffer.wrap(random);
        long high = (millis << 16) | 0x7000L | (tail.getShort() & 0x0FFFL);
        long low = (tail.getLong() & 0x3FFFFFFFFFFFFFFFL) | 0x8000000000000000L;
        return new UUID(high, low).toString();
    }

    /** The UUIDv5 of the parts, in that order. */
    public static String of(String... parts) {
        ByteBuffer namespace = ByteBuffer.allocate(16)
                .putLong(NAMESPACE.getMostSignificantBits())
                .putLong(NAMESPACE.getLeastSignificantBits());
        MessageDigest sha1 = digest("SHA-1");
        sha1.update(namespace.array());
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            sha1.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
            sha1.update(bytes);
        }
        ByteBuffer hash = ByteBuffer.wrap(sha1.digest());
        long high = (hash.getLong() & 0xFFFFFFFFFFFF0FFFL) | 0x5000L;
        long low = (hash.getLong() & 0x3FFFFFFFFFFFFFFFL) | 0x8000000000000000L;
        return new UUID(high, low).toString();
    }

    /** SHA-256 as hex. */
    public static String sha256(byte[]... parts) {
        MessageDigest sha256 = digest("SHA-256");
        for (byte[] part : parts) {
            sha256.update(part);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(algorithm + " is part of every JDK", e);
        }
    }
}
