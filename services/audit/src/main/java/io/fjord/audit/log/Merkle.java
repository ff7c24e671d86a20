package io.fjord.audit.log;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** The hashes of RFC 6962: of a leaf, of two subtrees, of many. */
public final class Merkle {

    public static final int HASH_BYTES = 32;

    private static final ThreadLocal<MessageDigest> SHA256 = ThreadLocal.withInitial(Merkle::sha256);

    private Merkle() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }

    /** The hash of a tree without leaves. */
    static byte[] empty() {
        return sha256().digest();
    }

    public static byte[] leaf(byte[] entry) {
        byte[] hash = new byte[HASH_BYTES];
        leaf(entry, 0, entry.length, hash, 0);
        return hash;
    }

    /** The hash of a leaf whose bytes stand somewhere, to where it belongs. */
    static void leaf(byte[] from, int offset, int length, byte[] to, int at) {
        MessageDigest digest = SHA256.get();
        digest.update((byte) 0);
        digest.update(from, offset, length);
        finish(digest, to, at);
    }

    static byte[] node(byte[] left, byte[] right) {
        byte[] hash = new byte[HASH_BYTES];
        MessageDigest digest = SHA256.get();
        digest.update((byte) 1);
        digest.update(left, 0, HASH_BYTES);
        digest.update(right, 0, HASH_BYTES);
        finish(digest, hash, 0);
        return hash;
    }

    private static void finish(MessageDigest digest, byte[] to, int at) {
        try {
            digest.digest(to, at, HASH_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("32 bytes are room for SHA-256", e);
        }
    }

    /**
     * The root of hashes that stand side by side.
     *
     * @param count a power of two
     */
    static byte[] perfect(byte[] hashes, int first, int count) {
        byte[] level = Arrays.copyOfRange(hashes, first * HASH_BYTES, (first + count) * HASH_BYTES);
        // 0x01 and the two hashes in one piece: one update instead of three.
        byte[] pair = new byte[1 + 2 * HASH_BYTES];
        pair[0] = 1;
        MessageDigest digest = SHA256.get();
        for (int n = count; n > 1; n /= 2) {
            for (int i = 0; i < n / 2; i++) {
                System.arraycopy(level, 2 * i * HASH_BYTES, pair, 1, 2 * HASH_BYTES);
                digest.update(pair);
                finish(digest, level, i * HASH_BYTES);
            }
        }
        return Arrays.copyOf(level, HASH_BYTES);
    }

    /** The largest power of two that is smaller. */
    static long split(long size) {
        return Long.highestOneBit(size - 1);
    }
}
