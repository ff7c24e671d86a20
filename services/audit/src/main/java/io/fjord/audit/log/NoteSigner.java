package io.fjord.audit.log;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** Signs notes with an Ed25519 key: the same text always the same. */
public final class NoteSigner {

    private final NoteKey key;
    private final PrivateKey secret;

    private NoteSigner(NoteKey key, PrivateKey secret) {
        this.key = key;
        this.secret = secret;
    }

    /** Both halves of a new key, to be kept secret. */
    public static byte[] newKey() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            return NoteKey.utf8(base64(pair.getPublic().getEncoded()) + "\n"
                    + base64(pair.getPrivate().getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Ed25519 is part of every JDK", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** @param kept what {@link #newKey} made */
    public static NoteSigner of(String name, byte[] kept) {
        return of(name, kept, false);
    }

    /** Signs as a witness does, with the time. */
    public static NoteSigner witness(String name, byte[] kept) {
        return of(name, kept, true);
    }

    private static NoteSigner of(String name, byte[] kept, boolean cosigns) {
        PublicKey open = publicKey(kept);
        try {
            byte[] secret = Base64.getDecoder().decode(lines(kept)[1]);
            return new NoteSigner(
                    NoteKey.of(name, cosigns, open),
                    KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(secret)));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("That is no Ed25519 key", e);
        }
    }

    /** The open half of what {@link #newKey} made. */
    public static PublicKey publicKey(byte[] kept) {
        try {
            return KeyFactory.getInstance("Ed25519")
                    .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(lines(kept)[0])));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("That is no Ed25519 key", e);
        }
    }

    private static String[] lines(byte[] kept) {
        return new String(kept, java.nio.charset.StandardCharsets.UTF_8).split("\n", 2);
    }

    public NoteKey key() {
        return key;
    }

    /** The text and the signature under it. */
    public SignedNote sign(String text) {
        return new SignedNote(text)
                .with(new SignedNote.Line(
                        key.name(),
                        ByteBuffer.allocate(68)
                                .put(key.id())
                                .put(signed(NoteKey.utf8(text)))
                                .array()));
    }

    /** A witness's line under a note. */
    public SignedNote.Line cosign(String text, long seconds) {
        return new SignedNote.Line(
                key.name(),
                ByteBuffer.allocate(76)
                        .put(key.id())
                        .putLong(seconds)
                        .put(signed(NoteKey.cosigned(text, seconds)))
                        .array());
    }

    private byte[] signed(byte[] bytes) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(secret);
            signature.update(bytes);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Ed25519 is part of every JDK", e);
        }
    }
}
