package io.fjord.audit.log;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Entries one behind the other, each with its length in two bytes before it (C2SP tlog-tiles). */
public final class Bundle {

    public static final int LONGEST_ENTRY = 65_535;

    private Bundle() {}

    public static byte[] of(List<byte[]> entries) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        entries.forEach(entry -> append(all, entry));
        return all.toByteArray();
    }

    static void append(ByteArrayOutputStream all, byte[] entry) {
        if (entry.length > LONGEST_ENTRY) {
            throw new IllegalArgumentException("An entry has " + entry.length + " bytes, at most " + LONGEST_ENTRY);
        }
        all.write(entry.length >> 8);
        all.write(entry.length);
        all.write(entry, 0, entry.length);
    }

    /** Takes entries where they stand. */
    public interface Taker {
        void take(int offset, int length);
    }

    /**
     * Goes through them.
     *
     * @param most looks at so many
     * @return where the last one ends, or -1 if they break off
     */
    public static int each(byte[] bundle, int most, Taker taker) {
        int at = 0;
        for (int n = 0; n < most && at < bundle.length; n++) {
            if (at + 2 > bundle.length) {
                return -1;
            }
            int length = (bundle[at] & 0xff) << 8 | (bundle[at + 1] & 0xff);
            if (at + 2 + length > bundle.length) {
                return -1;
            }
            taker.take(at + 2, length);
            at += 2 + length;
        }
        return at;
    }

    /** @throws IllegalArgumentException if they break off */
    public static List<byte[]> entries(byte[] bundle) {
        List<byte[]> entries = new ArrayList<>();
        int end = each(bundle, Integer.MAX_VALUE, (offset, length) -> {
            byte[] entry = new byte[length];
            System.arraycopy(bundle, offset, entry, 0, length);
            entries.add(entry);
        });
        if (end != bundle.length) {
            throw new IllegalArgumentException("The entries break off");
        }
        return entries;
    }

    /** The first of them as a bundle. */
    public static byte[] first(byte[] bundle, int count) {
        int end = each(bundle, count, (offset, length) -> {});
        if (end < 0) {
            throw new IllegalArgumentException("The entries break off");
        }
        byte[] first = new byte[end];
        System.arraycopy(bundle, 0, first, 0, end);
        return first;
    }
}
