package io.fjord.platform.sql;

import io.fjord.kernel.Ids;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Secrets, each encrypted with the service's master key (AES-256-GCM, bound to its own row); everything else carries the
 * reference only.
 */
public final class Vault {

    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final Database database;
    private final String service;
    private final String table;
    private final SecretKey key;
    private final String keyId;
    private final SecureRandom random = new SecureRandom();

    /** There is no secret of that reference, or no longer. */
    public static final class Missing extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Missing(String message) {
            super(message, null, false, false);
        }
    }

    /** @param masterKey 32 bytes */
    public Vault(Database database, String service, byte[] masterKey) {
        if (masterKey.length != KEY_BYTES) {
            throw new IllegalArgumentException(
                    "The master key has " + masterKey.length + " bytes and must have " + KEY_BYTES);
        }
        this.database = database;
        this.service = service;
        this.table = Schemas.of(service) + ".vault";
        this.key = new SecretKeySpec(masterKey, "AES");
        this.keyId = Ids.sha256("fjord vault key".getBytes(StandardCharsets.UTF_8), masterKey)
                .substring(0, 16);
    }

    /** @return the reference; the row expires unless it is {@link #markReferenced marked} */
    public Future<String> put(byte[] secret) {
        String ref = Ids.next();
        return putIfAbsent(ref, secret).map(ref);
    }

    /** Under a reference of the caller's, so that a retry finds what the first time wrote; that stays as it is. */
    public Future<Void> putIfAbsent(String ref, byte[] secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] ciphertext;
        try {
            ciphertext = cipher(Cipher.ENCRYPT_MODE, ref, nonce).doFinal(secret);
        } catch (GeneralSecurityException e) {
            return Future.failedFuture(e);
        }
        return database.transaction(tx -> tx.insertIfAbsent(
                table,
                List.of("ref"),
                List.of("nonce", "ciphertext", "key_id", "referenced", "created_micros"),
                List.of(Tuple.of(ref, nonce, ciphertext, keyId, false, SqlMetastore.micros(Instant.now())))));
    }

    public Future<String> put(String secret) {
        return put(secret.getBytes(StandardCharsets.UTF_8));
    }

    /** @return fails with {@link Missing} if it is not there, or was written with another key or for another row */
    public Future<byte[]> get(String ref) {
        return database.query("select nonce, ciphertext, key_id from " + table + " where ref = ?", ref)
                .compose(found -> {
                    if (found.size() == 0) {
                        return Future.failedFuture(new Missing("There is no secret " + ref + ": set it again"));
                    }
                    Row row = found.iterator().next();
                    if (!keyId.equals(row.getString(2))) {
                        return Future.failedFuture(new Missing("The secret " + ref + " was written with the master key "
                                + row.getString(2) + ", this is " + keyId));
                    }
                    return decrypted(ref, row.getBuffer(0), row.getBuffer(1));
                });
    }

    public Future<String> getText(String ref) {
        return get(ref).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private Future<byte[]> decrypted(String ref, Buffer nonce, Buffer ciphertext) {
        try {
            return Future.succeededFuture(
                    cipher(Cipher.DECRYPT_MODE, ref, nonce.getBytes()).doFinal(ciphertext.getBytes()));
        } catch (AEADBadTagException e) {
            return Future.failedFuture(new Missing("The secret " + ref + " is not what was written there"));
        } catch (GeneralSecurityException e) {
            return Future.failedFuture(e);
        }
    }

    private Cipher cipher(int mode, String ref, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD((service + "/" + ref).getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    public Future<Void> markReferenced(SqlTx tx, String ref) {
        return markReferenced(tx, List.of(ref));
    }

    /** Keeps them, in the transaction that writes their references; fails with {@link Missing} if one has expired. */
    public Future<Void> markReferenced(SqlTx tx, Collection<String> refs) {
        List<String> sorted = List.copyOf(new TreeSet<>(refs));
        return tx.updates(
                        "update " + table + " set referenced = true where ref = ?",
                        sorted.stream().map(ref -> (Tuple) Tuple.of(ref)).toList())
                .compose(counts -> {
                    int missing = counts.indexOf(0);
                    return missing < 0
                            ? Future.succeededFuture()
                            : Future.failedFuture(
                                    new Missing("There is no secret " + sorted.get(missing) + ": set it again"));
                });
    }

    /** Removes what no committed row refers to. */
    public Future<Integer> expireUnreferenced(Instant olderThan) {
        return database.query(
                        "delete from " + table + " where referenced = false and created_micros < ?",
                        SqlMetastore.micros(olderThan))
                .map(done -> done.rowCount());
    }

    /** Forgets one at once, in the transaction that drops its reference. */
    public Future<Void> remove(SqlTx tx, String ref) {
        return tx.query("delete from " + table + " where ref = ?", ref).mapEmpty();
    }

    @Override
    public String toString() {
        return "vault of " + service;
    }
}
