package io.fjord.ingest.produce;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which events of the last while are in a stream, and where: 25 bytes for each, in tables that are at least three fifths full. Two
 * of those, the older of which is thrown away when the newer has stood for the whole window; one that is full is taken for old
 * before its time, and so is one whose room others need. {@link #since} says how far back it knows all.
 */
final class RecentEvents {

    private static final int PARTITION_SHIFT = 48;

    private final long windowMillis;
    private final int mostInOne;
    private Slots newer;
    private Slots older;
    private long latest;

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

    /** Tells data apart, in 32 bits; not against those who try. */
    static long print(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data, 0, data.length);
        return crc.getValue() ^ data.length;
    }

    /** Many small tables instead of a large one: one that grows is copied, and there has to be room for both. */
    private static final class Slots {

        private static final int TABLES = 64;
        private static final int TABLE_SHIFT = 58;

        private final long since;
        private final @Nullable Table[] tables = new Table[TABLES];
        private int used;
        private long bytes;

        Slots(long since) {
            this.since = since;
        }

        private static int index(Name name) {
            return (int) (name.high() >>> TABLE_SHIFT);
        }

        @Nullable
        Place find(Name name) {
            Table table = tables[index(name)];
            return table == null ? null : table.find(name.high(), tag(name));
        }

        void put(Name name, long place, long print) {
            Table table = tables[index(name)];
            if (table == null) {
                table = new Table();
                tables[index(name)] = table;
                bytes += table.bytes();
            }
            long before = table.bytes();
            used += table.put(name.high(), tag(name), print, place) ? 1 : 0;
            bytes += table.bytes() - before;
        }

        /** The other half of a name; never 0, as a free place is. */
        private static long tag(Name name) {
            return (name.low() | 1) << Integer.SIZE;
        }
    }

    /**
     * Linear probing, at most three quarters full. Most events are new, and what tells so is a byte for each place: as many as fit in
     * the processor's caches where the places themselves do not.
     */
    private static final class Table {

        private static final int FIELDS = 3;
        private static final int FIRST_SLOTS = 16;
        private static final long LOW = (1L << Integer.SIZE) - 1;

        /** By turns half a name, the other half's end with a print, and a place. */
        private long[] fields = new long[FIRST_SLOTS * FIELDS];

        /** Of each place some bits of its name; 0 for a free one. */
        private byte[] marks = new byte[FIRST_SLOTS];

        private int used;

        long bytes() {
            return (long) fields.length * Long.BYTES + marks.length;
        }

        /** Of other bits than those that say where it would be. */
        private static byte mark(long tag) {
            return (byte) (tag >>> (Long.SIZE - Byte.SIZE) | 1);
        }

        /** The number of the place it is in, or of the free one it would be in. */
        private int slot(long high, long tag) {
            byte mark = mark(tag);
            int slots = marks.length;
            int slot = (int) (((high & LOW) * slots) >>> Integer.SIZE);
            while (marks[slot] != 0 && (marks[slot] != mark || !isAt(slot * FIELDS, high, tag))) {
                slot = slot + 1 == slots ? 0 : slot + 1;
            }
            return slot;
        }

        private boolean isAt(int at, long high, long tag) {
            return fields[at] == high && (fields[at + 1] & ~LOW) == tag;
        }

        @Nullable
        Place find(long high, long tag) {
            int slot = slot(high, tag);
            if (marks[slot] == 0) {
                return null;
            }
            int at = slot * FIELDS;
            long place = fields[at + 2];
            return new Place(
                    (int) (place >>> PARTITION_SHIFT), place & ((1L << PARTITION_SHIFT) - 1), fields[at + 1] & LOW);
        }

        /** @return whether it was not there */
        boolean put(long high, long tag, long print, long place) {
            if ((used + 1) * 4 > marks.length * 3) {
                grow();
            }
            int slot = slot(high, tag);
            boolean fresh = marks[slot] == 0;
            used += fresh ? 1 : 0;
            marks[slot] = mark(tag);
            int at = slot * FIELDS;
            fields[at] = high;
            fields[at + 1] = tag | (print & LOW);
            fields[at + 2] = place;
            return fresh;
        }

        private void grow() {
            long[] before = fields;
            int slots = marks.length;
            byte[] taken = marks;
            fields = new long[(slots + slots / 4) * FIELDS];
            marks = new byte[slots + slots / 4];
            used = 0;
            for (int slot = 0; slot < slots; slot++) {
                if (taken[slot] != 0) {
                    int from = slot * FIELDS;
                    put(before[from], before[from + 1] & ~LOW, before[from + 1], before[from + 2]);
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
    @Nullable
    Place find(Name name) {
        Place place = newer.find(name);
        return place != null ? place : older.find(name);
    }

    void put(Name name, int partition, long offset, long print, long now) {
        if (now - newer.since >= windowMillis || newer.used >= mostInOne) {
            older = newer;
            newer = new Slots(Math.max(now, latest));
        }
        newer.put(name, ((long) partition << PARTITION_SHIFT) | offset, print);
        latest = Math.max(latest, now);
    }

    /** What it is to know no more: nothing is lost by that. */
    void forgetTheOld(long now) {
        if (size() > 0 && now - latest >= windowMillis) {
            long since = Math.max(since(), now - windowMillis);
            older = new Slots(since);
            newer = new Slots(since);
        }
    }

    void forget() {
        older = new Slots(latest);
        newer = new Slots(latest);
    }

    /** Before its time: the older of both, and all if there is no other. */
    void giveUpTheOlder(long now) {
        // Who asks for the room may live at another time: by the topic it reads.
        long from = Math.max(now, latest);
        older = older.used == 0 ? new Slots(from) : newer;
        newer = new Slots(from);
    }

    int size() {
        return newer.used + older.used;
    }

    long bytes() {
        return newer.bytes + older.bytes;
    }

    /** What came later than that it knows. */
    long since() {
        return older.since;
    }
}
