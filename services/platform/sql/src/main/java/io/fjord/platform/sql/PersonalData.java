package io.fjord.platform.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Forgets;
import io.fjord.contract.Personal;
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
import java.util.TreeSet;
import java.util.function.Predicate;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Fields of messages that say something of a person, as the journal has them: encrypted (AES-256-GCM) with a key of that person's own.
 * The keys are rows of their own, encrypted with the service's master key. Forgetting somebody empties their row: what was said of them
 * is gone then, in the journal, on the topic and wherever it was copied to, and what is still said of them is not kept.
 */
public final class PersonalData {

    /** What cannot be read any more. */
    public static final String FORGOTTEN = "(forgotten)";

    private static final String SEALED = "sealed:1:";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    /** What stands in the row of somebody who is forgotten. */
    private static final byte[] NO_KEY = new byte[0];

    private static final SecretKey GONE = new SecretKeySpec(new byte[] {0}, "none");

    /** Whose addresses are personal; others are machines. */
    private static final String USER = "user:";

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

    /**
     * A message.
     *
     * @param data its JSON
     * @param address where who did it was
     */
    public record Said(
            String type,
            String subject,
            String actor,
            String data,
            @Nullable String address) {

        private static final String ADDRESS = "address";

        /** Under whose key something of it is; null if it needs none. */
        private @Nullable String owner(Personal.Of whom) {
            return switch (whom) {
                case SUBJECT -> subject;
                case ACTOR -> actor.startsWith(USER) ? "platform/user/" + actor.substring(USER.length()) : null;
            };
        }

        boolean isSealed() {
            return data.contains(SEALED) || (address != null && address.startsWith(SEALED));
        }

        private static Said of(NewEvent event) {
            return new Said(event.type(), event.subject().toString(), event.actor(), event.data(), null);
        }

        private static Said of(EventEnvelope<String> event) {
            return new Said(event.type(), event.subject().toString(), event.actor(), event.data(), null);
        }
    }

    // Writing

    /** In the transaction that writes them: people nothing was said of before get their keys, who is to be forgotten loses theirs. */
    Future<List<NewEvent>> sealed(SqlTx tx, List<NewEvent> events) {
        List<Said> all = events.stream().map(Said::of).toList();
        return sealedSaid(tx, all)
                .compose(safe -> forget(tx, all).map(ok -> {
                    List<NewEvent> closed = new ArrayList<>();
                    for (int i = 0; i < safe.size(); i++) {
                        NewEvent event = events.get(i);
                        String data = safe.get(i).data();
                        closed.add(data.equals(event.data()) ? event : event.withData(data));
                    }
                    return closed;
                }));
    }

    /** In the transaction that keeps messages elsewhere than in a journal: they in the same order, as the journal would have them. */
    public Future<List<Said>> sealedSaid(SqlTx tx, List<Said> messages) {
        TreeSet<String> owners = owners(messages);
        return owners.isEmpty()
                ? Future.succeededFuture(messages)
                : keys(tx, owners)
                        .map(keys -> messages.stream()
                                .map(said -> changed(said, (owner, field, text) -> {
                                    SecretKey key = keys.get(owner);
                                    return key == null || key == GONE
                                            ? FORGOTTEN
                                            : SEALED + closed(key, owner + "/" + field, text);
                                }))
                                .toList());
    }

    /** In the transaction that keeps these: if some are of those that make somebody forgotten, so they are from now on. */
    public Future<Void> forget(SqlTx tx, List<Said> messages) {
        TreeSet<String> all = new TreeSet<>();
        for (Said said : messages) {
            if (types.isForgetting(said.type()) && types.read(said.type(), said.data()) instanceof Forgets forgets) {
                Address subject = Address.parse(said.subject());
                all.add(said.subject());
                forgets.alsoKnownAs()
                        .forEach(name -> all.add(new Address(subject.domain(), subject.kind(), name).toString()));
            }
        }
        return all.isEmpty()
                ? Future.succeededFuture()
                : tx.upsert(
                        table,
                        List.of("subject"),
                        List.of("sealed_key"),
                        all.stream().map(subject -> Tuple.of(subject, NO_KEY)).toList());
    }

    private TreeSet<String> owners(List<Said> messages) {
        TreeSet<String> owners = new TreeSet<>();
        for (Said said : messages) {
            for (Personal.Of whom : types.personal(said.type()).values()) {
                String owner = said.owner(whom);
                if (owner != null) {
                    owners.add(owner);
                }
            }
            String actor = said.address() == null ? null : said.owner(Personal.Of.ACTOR);
            if (actor != null) {
                owners.add(actor);
            }
        }
        return owners;
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
        return opened(events.stream().map(Said::of).toList(), owner -> true).map(opened -> {
            List<EventEnvelope<String>> plain = new ArrayList<>();
            for (int i = 0; i < opened.size(); i++) {
                EventEnvelope<String> event = events.get(i);
                String data = opened.get(i).data();
                plain.add(data.equals(event.data()) ? event : event.with(data));
            }
            return plain;
        });
    }

    /**
     * Messages in plain words, in the same order.
     *
     * @param known asked by the address of whom something is said; what is said of others stays as it is
     */
    public Future<List<Said>> opened(List<Said> messages, Predicate<String> known) {
        TreeSet<String> owners = new TreeSet<>();
        for (String owner : owners(messages.stream().filter(Said::isSealed).toList())) {
            if (known.test(owner)) {
                owners.add(owner);
            }
        }
        return owners.isEmpty()
                ? Future.succeededFuture(messages)
                : database.transaction(tx -> tx.queryIn(select(), owners))
                        .map(this::read)
                        .map(keys -> messages.stream()
                                .map(said -> said.isSealed() ? opened(said, owners, keys) : said)
                                .toList());
    }

    private Said opened(Said said, TreeSet<String> owners, Map<String, SecretKey> keys) {
        return changed(said, (owner, field, text) -> {
            if (!text.startsWith(SEALED) || !owners.contains(owner)) {
                return text;
            }
            SecretKey key = keys.get(owner);
            return key == null || key == GONE
                    ? FORGOTTEN
                    : open(key, owner + "/" + field, text.substring(SEALED.length()));
        });
    }

    private interface Change {
        String of(String owner, String field, String text);
    }

    private Said changed(Said said, Change change) {
        String owner = said.address() == null ? null : said.owner(Personal.Of.ACTOR);
        return new Said(
                said.type(),
                said.subject(),
                said.actor(),
                changedData(said, change),
                owner == null ? said.address() : change.of(owner, Said.ADDRESS, String.valueOf(said.address())));
    }

    private String changedData(Said said, Change change) {
        Map<String, Personal.Of> personal = types.personal(said.type());
        if (personal.isEmpty() || !(Json.read(said.data(), JsonNode.class) instanceof ObjectNode json)) {
            return said.data();
        }
        personal.forEach((field, whom) -> {
            String owner = said.owner(whom);
            if (owner != null && json.path(field).isTextual()) {
                json.put(field, change.of(owner, field, json.path(field).textValue()));
            }
        });
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
            if (sealed.length() == 0) {
                keys.put(subject, GONE);
                continue;
            }
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
