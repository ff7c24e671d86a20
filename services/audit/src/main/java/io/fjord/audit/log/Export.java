package io.fjord.audit.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Some entries of the log in a file that proves by itself what it holds: a zip with the entries, one in a line, the hashes that lead
 * from them to the root, the checkpoint, and what was asked for, signed.
 *
 * @param origin of the log
 * @param first seq of the first entry
 * @param last seq of the last one
 * @param from what was asked for, as a time; some entries between may be from before
 * @param to until when, some may be from after
 * @param size of the log under the checkpoint
 */
public record Export(String origin, long first, long last, String from, String to, long size) {

    static final String CLAIM = "export";
    static final String KEY = "key";
    static final String PROOF = "proof";
    static final String ENTRIES = "entries.ndjson";

    private static final String README = """
            This is a part of a tamper-evident log, of Fjord's audit.

              entries.ndjson  the entries, one in a line, byte by byte what was hashed (RFC 6962: SHA-256 of 0x00 and the line without
                              its end). Line 1 is entry `first` of `export`. No entry between `first` and `last` is left out.
              whole/          entries that are too long for the log: the log has their SHA-256, by which they are named.
              export          which entries, and for which period, signed by the log (C2SP signed-note). Every entry of the period
                              is here, and those that were recorded among them.
              checkpoint      the log's size and root, signed by the log and by witnesses (C2SP tlog-checkpoint, tlog-cosignature).
              proof           hashes of what lies beside the entries, from left to right, down to what is all outside; with the
                              entries they make the root of the checkpoint.
              key             the log's key. Believe the one you were given by another way.

            Verify it without any network:   fjord audit verify this-file.zip --key <the key you know>
            """;

    String text() {
        return origin + "/export\nfirst " + first + "\nlast " + last + "\nfrom " + from + "\nto " + to + "\nsize "
                + size + "\n";
    }

    /** @throws IllegalArgumentException if it reads otherwise */
    static Export parse(String text) {
        String[] lines = text.split("\n", -1);
        if (lines.length != 7 || !lines[0].endsWith("/export")) {
            throw new IllegalArgumentException("This does not say what was exported");
        }
        Export read = new Export(
                lines[0].substring(0, lines[0].length() - "/export".length()),
                number(lines[1], "first "),
                number(lines[2], "last "),
                after(lines[3], "from "),
                after(lines[4], "to "),
                number(lines[5], "size "));
        if (!read.text().equals(text) || read.first < 1 || read.last < read.first || read.size < read.last) {
            throw new IllegalArgumentException("This does not say what was exported");
        }
        return read;
    }

    private static String after(String line, String begin) {
        if (!line.startsWith(begin)) {
            throw new IllegalArgumentException("'" + line + "' should begin with '" + begin + "'");
        }
        return line.substring(begin.length());
    }

    private static long number(String line, String begin) {
        return Long.parseLong(after(line, begin));
    }

    /**
     * Writes it as it reads it.
     *
     * @param note the checkpoint of that size
     */
    public void write(LogSource source, NoteSigner signer, SignedNote note, OutputStream to) throws IOException {
        Hashes hashes = new Hashes(tile -> tile(source, tile), size);
        try (ZipOutputStream zip = new ZipOutputStream(to)) {
            file(zip, "README.txt", README);
            file(zip, KEY, signer.key() + "\n");
            file(zip, LogSource.CHECKPOINT, note.toString());
            file(zip, CLAIM, signer.sign(text()).toString());
            StringBuilder proof = new StringBuilder();
            for (byte[] hash : hashes.beside(first - 1, last, size)) {
                proof.append(Base64.getEncoder().encodeToString(hash)).append('\n');
            }
            file(zip, PROOF, proof.toString());
            Set<String> whole = new LinkedHashSet<>();
            zip.putNextEntry(new ZipEntry(ENTRIES));
            for (long index = (first - 1) / Tile.FULL; index * Tile.FULL < last; index++) {
                entries(source, index, zip, whole);
            }
            zip.closeEntry();
            for (String sha256 : whole) {
                byte[] bytes = source.read(LogSource.whole(sha256));
                if (bytes == null) {
                    throw new IOException("The log has no " + LogSource.whole(sha256));
                }
                zip.putNextEntry(new ZipEntry(LogSource.whole(sha256)));
                zip.write(bytes);
                zip.closeEntry();
            }
        }
    }

    private void entries(LogSource source, long index, ZipOutputStream zip, Set<String> whole) throws IOException {
        long begin = index * Tile.FULL;
        Tile bundle = new Tile(Tile.ENTRIES, index, (int) Math.min(Tile.FULL, size - begin));
        List<byte[]> entries = Bundle.entries(tile(source, bundle));
        for (int i = (int) Math.max(0, first - 1 - begin); i < Math.min(entries.size(), last - begin); i++) {
            byte[] entry = entries.get(i);
            zip.write(entry);
            zip.write('\n');
            String sha256 = LongEntry.of(entry, 0, entry.length, begin + i + 1);
            if (sha256 != null) {
                whole.add(sha256);
            }
        }
    }

    private static byte[] tile(LogSource source, Tile tile) {
        try {
            byte[] bytes = source.read(tile);
            if (bytes != null) {
                return bytes;
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        throw new java.io.UncheckedIOException(new IOException("The log has no " + tile.path()));
    }

    private static void file(ZipOutputStream zip, String name, String text) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(text.getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
    }

    /** Whether the checkpoint is the one it was made under. */
    boolean isUnder(Checkpoint checkpoint) {
        return checkpoint.origin().equals(origin) && checkpoint.size() == size;
    }

    /** What is said of an entry that stands in a file of its own. */
    static final class LongEntry {

        private static final byte[] SHA256 = ",\"sha256\":\"".getBytes(StandardCharsets.UTF_8);
        private static final int BEFORE = "{\"v\":1,\"seq\":".length();

        private LongEntry() {}

        /** @return the hash of all of it, or null if the entry is all there is */
        @org.jspecify.annotations.Nullable
        static String of(byte[] bytes, int offset, int length, long seq) {
            int at = offset + BEFORE + Long.toString(seq).length();
            boolean isLong = length > at - offset + SHA256.length + 64
                    && Arrays.equals(bytes, at, at + SHA256.length, SHA256, 0, SHA256.length);
            return isLong ? new String(bytes, at + SHA256.length, 64, StandardCharsets.US_ASCII) : null;
        }
    }
}
