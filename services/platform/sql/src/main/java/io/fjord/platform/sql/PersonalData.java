package io.fjord.platform.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.EventEnvelope;
import io.fjord.kernel.NewEvent;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Fields of messages that say something of a person, as the journal has them: encrypted (AES-256-GCM) with a key of the subject's own.
 * The keys are rows of their own, encrypted with the service's master key; without its row what was said of a subject is gone, in the
 * journal, on the topic and wherever it was copied to.
 */
public final class PersonalData {

    /** What cannot be read any more. */
    public static final String FORGOTTEN = "(forgotten)";

    private static final String SEALED = "sealed:1:";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final Database database;
    private final String table;
    private final SecretKey master;
    private final MessageTypes types;
    private final SecureRandom random = new SecureRandom();

    /** @param masterKey 32 bytes */
    public PersonalData(Database database, String service, byte[] masterKey, MessageTypes types) {
        this.database = database;
        this.table = Schemas.of(service) + ".subject_key";
        this.master = new SecretKeySpec(masterKey, "AES");
        this.types = types;
    }

    // Writing

    /** In the transaction that writes them: subjects nothing was said of before get their keys. */
    Future<List<NewEvent>> sealed(SqlTx tx, List<NewEvent> events) {
        TreeSet<String> subjects = new TreeSet<>();
        for (NewEvent event : events) {
            if (!types.personal(event.type()).isEmpty()) {
                subjects.add(event.subject().toString());
            }
        }
        return subjects.isEmpty()
                ? Future.succeededFuture(events)
                : keys(tx, subjects)
                        .map(keys -> events.stream()
                                .map(event -> sealed(event, keys))
                                .toList());
    }

    /**
     * A message that is kept elsewhere than in a journal.
     *
     * @param subject whose key it is encrypted with
     * @param data its JSON
     */
    public record Said(String type, String subject, String data) {}

    /** In the transaction that keeps them: their data in the same order, as the journal would have it. */
    public Future<List<String>> sealedData(SqlTx tx, List<Said> messages) {
        TreeSet<String> subjects = new TreeSet<>();
        for (Said said : messages) {
            if (!types.personal(said.type()).isEmpty()) {
                subjects.add(said.subject());
            }
        }
        Future<Map<String, SecretKey>> known =
                subjects.isEmpty() ? Future.succeededFuture(Map.of()) : keys(tx, subjects);
        return known.map(keys -> messages.stream()
                .map(said -> sealed(said.type(), said.subject(), said.data(), keys))
                .toList());
    }

    private NewEvent sealed(NewEvent event, Map<String, SecretKey> keys) {
        return event.withData(sealed(event.type(), event.subject().toString(), event.data(), keys));
    }

    private String sealed(String type, String subject, String data, Map<String, SecretKey> keys) {
        SecretKey key = keys.get(subject);
        return key == null
                ? data
                : changed(type, data, (field, text) -> SEALED + closed(key, subject + "/" + field, text));
    }

    private Future<Map<String, SecretKey>> keys(SqlTx tx, TreeSet<String> subjects) {
        return tx.queryIn(select(), subjects).map(this::read).compose(found -> {
            List<Tuple> fresh = new ArrayList<>();
            for (String subject : subjects) {
                if (!found.containsKey(subject)) {
                    byte[] key = new byte[KEY_BYTES];
                    random.nextBytes(key);
                    fresh.add(Tuple.of(subject, encrypted(master, subject, key)));
                }
            }
            return fresh.isEmpty()
                    ? Future.succeededFuture(found)
                    : tx.insertIfAbsent(table, List.of("subject"), List.of("sealed_key"), fresh)
                            .compose(ok -> tx.queryIn(select(), subjects))
                            .map(this::read);
        });
    }

    // Reading

    /** Events of the journal with what they say of people in plain words. */
    Future<List<EventEnvelope<String>>> opened(List<EventEnvelope<String>> events) {
        TreeSet<String> subjects = new TreeSet<>();
        for (EventEnvelope<String> event : events) {
            if (!types.personal(event.type()).isEmpty() && event.data().contains(SEALED)) {
                subjects.add(event.subject().toString());
            }
        }
        return subjects.isEmpty()
                ? Future.succeededFuture(events)
                : database.transaction(tx -> tx.queryIn(select(), subjects))
                        .map(this::read)
                        .map(keys -> events.stream()
                                .map(event -> opened(event, keys))
                                .toList());
    }

    private EventEnvelope<String> opened(EventEnvelope<String> event, Map<String, SecretKey> keys) {
        String subject = event.subject().toString();
        if (types.personal(event.type()).isEmpty()) {
            return event;
        }
        SecretKey key = keys.get(subject);
        return event.with(changed(event.type(), event.data(), (field, text) -> {
            if (!text.startsWith(SEALED)) {
                return text;
            }
            return key == null ? FORGOTTEN : open(key, subject + "/" + field, text.substring(SEALED.length()));
        }));
    }

    private String changed(String type, String data, BiFunction<String, String, String> change) {
        Set<String> personal = types.personal(type);
        if (personal.isEmpty() || !(Json.read(data, JsonNode.class) instanceof ObjectNode json)) {
            return data;
        }
        for (String field : personal) {
            if (json.path(field).isTextual()) {
                json.put(field, change.apply(field, json.path(field).textValue()));
            }
        }
        return Json.text(json);
    }

    private String select() {
        return "select subject, sealed_key from " + table + " where subject in (??)";
    }

    private Map<String, SecretKey> read(Collection<Row> rows) {
        Map<String, SecretKey> keys = new HashMap<>();
        for (Row row : rows) {
            String subject = row.getString(0);
            Buffer sealed = row.getBuffer(1);
            try {
                keys.put(subject, new SecretKeySpec(decrypted(master, subject, sealed.getBytes()), "AES"));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(
                        "The key of " + subject + " cannot be opened: it was written with another master key", e);
            }
        }
        return keys;
    }

    // AES-256-GCM, bound to what it is for

    private String closed(SecretKey key, String what, String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(encrypted(key, what, text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String open(SecretKey key, String what, String text) {
        try {
            return new String(decrypted(key, what, Base64.getUrlDecoder().decode(text)), StandardCharsets.UTF_8);
        } catch (AEADBadTagException e) {
            // Of a key that is gone; what is said since has another.
            return FORGOTTEN;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is part of every JDK", e);
        }
    }

    private byte[] encrypted(SecretKey key, String what, byte[] bytes) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] ciphertext = cipher(Cipher.ENCRYPT_MODE, key, nonce, what).doFinal(bytes);
            return ByteBuffer.allocate(nonce.length + ciphertext.length)
                    .put(nonce)
                    .put(ciphertext)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is part of every JDK", e);
        }
    }

    private static byte[] decrypted(SecretKey key, String what, byte[] sealed) throws GeneralSecurityException {
        ByteBuffer bytes = ByteBuffer.wrap(sealed);
        byte[] nonce = new byte[NONCE_BYTES];
        bytes.get(nonce);
        byte[] ciphertext = new byte[bytes.remaining()];
        bytes.get(ciphertext);
        return cipher(Cipher.DECRYPT_MODE, key, nonce, what).doFinal(ciphertext);
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String what) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(what.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
