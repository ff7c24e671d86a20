package io.fjord.audit.log;

import java.util.Arrays;
import java.util.Base64;

/**
 * What the log was at some size (C2SP tlog-checkpoint).
 *
 * @param origin which log
 * @param root of all its entries then
 */
public record Checkpoint(String origin, long size, byte[] root) {

    /** @throws IllegalArgumentException telling what is wrong with it */
    public static Checkpoint parse(String text) {
        String[] lines = text.split("\n", -1);
        if (lines.length < 4 || lines[0].isEmpty() || !lines[1].matches("0|[1-9][0-9]{0,18}")) {
            throw new IllegalArgumentException("This is no checkpoint: origin, size and root, each in a line");
        }
        try {
            byte[] root = Base64.getDecoder().decode(lines[2]);
            if (root.length == Merkle.HASH_BYTES) {
                Checkpoint read = new Checkpoint(lines[0], Long.parseLong(lines[1]), root);
                if (text.startsWith(read.text())) {
                    return read;
                }
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new IllegalArgumentException("The root in the checkpoint is no hash of 32 bytes in base64");
    }

    /** What is signed. */
    public String text() {
        return origin + "\n" + size + "\n" + Base64.getEncoder().encodeToString(root) + "\n";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Checkpoint checkpoint && text().equals(checkpoint.text());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(root);
    }

    @Override
    public String toString() {
        return origin + " with " + size + " entries";
    }
}
