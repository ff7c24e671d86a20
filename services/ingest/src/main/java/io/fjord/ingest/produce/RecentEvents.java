package io.fjord.ingest.produce;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;

/**
 * Which events of the last while are in a stream, and where: 32 bytes for each. Two tables, the older of which is thrown away when
 * the newer has stood for the whole window; one that is full is taken for old before its time.
 */
final class RecentEvents {

    static final int NOT_THERE = -1;

    private static final int FIELDS = 4;
    private static final int FIRST_SLOTS = 1 << 10;
    private static final int PARTITION_SHIFT = 48;

    private final long windowMillis;
    private final int mostInOne;
    private Slots newer;
    private Slots older;

    /** An event's name, as good as unique. */
    record Name(long high, long low) {

        /** Looking one up costs more than what it is used for. */
        private static final ThreadLocal<MessageDigest> SHA256 = ThreadLocal.withInitial(Name::sha256);

        static Name of(String source, String id) {
            MessageDigest digest = SHA256.get();
            digest.update(source.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            ByteBuffer hash = ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8)));
            return new Name(hash.getLong(), hash.getLong() | 1);
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("SHA-256 is part of every JDK", e);
            }
        }
    }

    /** Where it is, and what it was. */
    record Place(int partition, long offset, long print) {}

    /** Tells data apart; not against those who try. */
    static long print(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data, 0, data.length);
        return (crc.getValue() << 32) | data.length;
    }

    private static final class Slots {
        private final long since;
        private long[] fields = new long[FIRST_SLOTS * FIELDS];
        private int used;

        Slots(long since) {
            this.since = since;
        }

        /** Where it is, or the free place it would be in. Linear probing; the low part is never 0, a free place's is. */
        private int at(Name name) {
            int slots = fields.length / FIELDS;
            int slot = (int) (name.high() & (slots - 1));
            while (fields[slot * FIELDS + 1] != 0
                    && (fields[slot * FIELDS] != name.high() || fields[slot * FIELDS + 1] != name.low())) {
                slot = (slot + 1) & (slots - 1);
            }
            return slot * FIELDS;
        }

        void put(Name name, long place, long print) {
            if (used * 3 > fields.length / FIELDS * 2) {
                grow();
            }
            int at = at(name);
            used += fields[at + 1] == 0 ? 1 : 0;
            fields[at] = name.high();
            fields[at + 1] = name.low();
            fields[at + 2] = place;
            fields[at + 3] = print;
        }

        private void grow() {
            long[] before = fields;
            fields = new long[before.length * 2];
            used = 0;
            for (int at = 0; at < before.length; at += FIELDS) {
                if (before[at + 1] != 0) {
                    put(new Name(before[at], before[at + 1]), before[at + 2], before[at + 3]);
                }
            }
        }
    }

    RecentEvents(long windowMillis, int mostInOne, long now) {
        this.windowMillis = windowMillis;
        this.mostInOne = mostInOne;
        this.newer = new Slots(now);
        this.older = new Slots(now);
    }

    /** Null for one it does not know. */
    @org.jspecify.annotations.Nullable
    Place find(Name name) {
        for (Slots slots : new Slots[] {newer, older}) {
            int at = slots.at(name);
            if (slots.fields[at + 1] != 0) {
                long place = slots.fields[at + 2];
                return new Place(
                        (int) (place >>> PARTITION_SHIFT), place & ((1L << PARTITION_SHIFT) - 1), slots.fields[at + 3]);
            }
        }
        return null;
    }

    void put(Name name, int partition, long offset, long print, long now) {
        if (now - newer.since >= windowMillis || newer.used >= mostInOne) {
            older = newer;
            newer = new Slots(now);
        }
        newer.put(name, ((long) partition << PARTITION_SHIFT) | offset, print);
    }

    int size() {
        return newer.used + older.used;
    }

    /** From when on it knows all. */
    long since() {
        return older.since;
    }
}
