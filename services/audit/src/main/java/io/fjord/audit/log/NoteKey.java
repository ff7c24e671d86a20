package io.fjord.audit.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * Whose signatures under notes are believed, as C2SP signed-note writes it: {@code name+hash+key}.
 *
 * @param cosigns whether it is a witness's (C2SP tlog-cosignature), which signs when it saw the note too
 * @param raw the 32 bytes of the Ed25519 key
 */
public record NoteKey(String name, boolean cosigns, byte[] raw) {

    static final byte SIGNS = 1;
    static final byte COSIGNS = 4;

    /** All that stands before the 32 bytes of an Ed25519 key in X.509 (RFC 8410). */
    private static final byte[] X509 = HexFormat.of().parseHex("302a300506032b6570032100");

    public NoteKey {
        if (name.isEmpty()
                || name.indexOf('+') >= 0
                || name.codePoints().anyMatch(NoteKey::blank)
                || raw.length != 32) {
            throw new IllegalArgumentException("'" + name + "' is no name of a key, or its key has not 32 bytes");
        }
    }

    private static boolean blank(int point) {
        return Character.isWhitespace(point) || Character.isSpaceChar(point) || Character.isISOControl(point);
    }

    static NoteKey of(String name, boolean cosigns, PublicKey key) {
        byte[] encoded = key.getEncoded();
        return new NoteKey(name, cosigns, Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    }

    /** @throws IllegalArgumentException telling what is wrong with it */
    public static NoteKey parse(String text) {
        String[] parts = text.strip().split("\\+", 3);
        try {
            byte[] key = Base64.getDecoder().decode(parts.length == 3 ? parts[2] : "");
            if (key.length == 33 && (key[0] == SIGNS || key[0] == COSIGNS)) {
                NoteKey read = new NoteKey(parts[0], key[0] == COSIGNS, Arrays.copyOfRange(key, 1, 33));
                if (read.hash().equals(parts[1])) {
                    return read;
                }
                throw new IllegalArgumentException("The key '" + text.strip() + "' does not have the hash it says");
            }
        } catch (IllegalArgumentException e) {
            if (e.getMessage() != null && e.getMessage().startsWith("The key")) {
                throw e;
            }
        }
        throw new IllegalArgumentException(
                "'" + text.strip() + "' is no key of notes: it reads name+hash+key, with an Ed25519 key");
    }

    /** What {@link #parse} reads. */
    @Override
    public String toString() {
        byte[] key = new byte[33];
        key[0] = kind();
        System.arraycopy(raw, 0, key, 1, 32);
        return name + "+" + hash() + "+" + Base64.getEncoder().encodeToString(key);
    }

    private byte kind() {
        return cosigns ? COSIGNS : SIGNS;
    }

    private String hash() {
        return HexFormat.of().formatHex(id());
    }

    /** Four bytes that stand before its signatures. */
    byte[] id() {
        MessageDigest digest = Merkle.sha256();
        digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
        digest.update(kind());
        digest.update(raw);
        return Arrays.copyOf(digest.digest(), 4);
    }

    /** Whether this key's owner signed the text so. */
    boolean verifies(String text, SignedNote.Line line) {
        byte[] bytes = line.bytes();
        int before = cosigns ? 12 : 4;
        if (!line.name().equals(name) || bytes.length != before + 64 || !Arrays.equals(Arrays.copyOf(bytes, 4), id())) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance("Ed25519");
            byte[] encoded =
                    ByteBuffer.allocate(X509.length + 32).put(X509).put(raw).array();
            signature.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
            signature.update(cosigns ? cosigned(text, ByteBuffer.wrap(bytes).getLong(4)) : utf8(text));
            return signature.verify(bytes, before, 64);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** What a witness signs: when it saw the note, and the note. */
    static byte[] cosigned(String text, long seconds) {
        return utf8("cosignature/v1\ntime " + Long.toUnsignedString(seconds) + "\n" + text);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NoteKey key && toString().equals(key.toString());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(raw);
    }
}
