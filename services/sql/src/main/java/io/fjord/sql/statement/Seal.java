package io.fjord.sql.statement;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Encrypts what a statement says and what was said about it, bound to its own row (AES-256-GCM; nonce first). */
public final class Seal {

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKey key;
    private final SecureRandom random = new SecureRandom();

    /** @param key 32 bytes */
    public Seal(byte[] key) {
        if (key.length != 32) {
            throw new IllegalArgumentException("The key has " + key.length + " bytes and must have 32");
        }
        this.key = new SecretKeySpec(key, "AES");
    }

    byte[] close(String id, byte[] plain) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] secret = cipher(Cipher.ENCRYPT_MODE, id, nonce).doFinal(plain);
            return ByteBuffer.allocate(nonce.length + secret.length)
                    .put(nonce)
                    .put(secret)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is part of every JDK", e);
        }
    }

    /** @throws IllegalStateException if it was sealed for another row or with another key */
    byte[] open(String id, byte[] sealed) {
        byte[] nonce = new byte[NONCE_BYTES];
        ByteBuffer in = ByteBuffer.wrap(sealed);
        try {
            in.get(nonce);
            byte[] secret = new byte[in.remaining()];
            in.get(secret);
            return cipher(Cipher.DECRYPT_MODE, id, nonce).doFinal(secret);
        } catch (GeneralSecurityException | java.nio.BufferUnderflowException e) {
            throw new IllegalStateException("Statement " + id + " was sealed with another key", e);
        }
    }

    private Cipher cipher(int mode, String id, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(("sql/statement/" + id).getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
