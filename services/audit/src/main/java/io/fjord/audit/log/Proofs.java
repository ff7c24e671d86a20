package io.fjord.audit.log;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** Checks proofs with nothing but hashes (RFC 9162, 2.1.3.2 and 2.1.4.2). */
public final class Proofs {

    private Proofs() {}

    /** Whether the leaf stands there in the log of that size and root. */
    public static boolean includes(byte[] leafHash, long leaf, long size, byte[] root, List<byte[]> proof) {
        if (leaf < 0 || leaf >= size) {
            return false;
        }
        long node = leaf;
        long last = size - 1;
        byte[] hash = leafHash;
        for (byte[] beside : proof) {
            if (last == 0) {
                return false;
            }
            if ((node & 1) == 1 || node == last) {
                hash = Merkle.node(beside, hash);
                while ((node & 1) == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = Merkle.node(hash, beside);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && Arrays.equals(hash, root);
    }

    /** Whether the log of the one size and root began as the log of the other. */
    public static boolean continues(long oldSize, byte[] oldRoot, long size, byte[] root, List<byte[]> proof) {
        if (oldSize < 0 || oldSize > size) {
            return false;
        }
        if (oldSize == size) {
            return proof.isEmpty() && Arrays.equals(oldRoot, root);
        }
        if (oldSize == 0) {
            return proof.isEmpty() && Arrays.equals(oldRoot, Merkle.empty());
        }
        long node = oldSize - 1;
        long last = size - 1;
        while ((node & 1) == 1) {
            node >>= 1;
            last >>= 1;
        }
        Iterator<byte[]> hashes = proof.iterator();
        byte[] first = Long.bitCount(oldSize) == 1 ? oldRoot : hashes.hasNext() ? hashes.next() : new byte[0];
        if (first.length != Merkle.HASH_BYTES) {
            return false;
        }
        byte[] old = first;
        byte[] now = first;
        while (hashes.hasNext()) {
            byte[] beside = hashes.next();
            if (last == 0) {
                return false;
            }
            if ((node & 1) == 1 || node == last) {
                old = Merkle.node(beside, old);
                now = Merkle.node(beside, now);
                while ((node & 1) == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                now = Merkle.node(now, beside);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && Arrays.equals(old, oldRoot) && Arrays.equals(now, root);
    }

    /**
     * Whether just these leaves stand there in the log of that size and root, and no other among them.
     *
     * @param leafHashes side by side
     */
    public static boolean contains(byte[] leafHashes, long first, long size, byte[] root, List<byte[]> proof) {
        long end = first + leafHashes.length / Merkle.HASH_BYTES;
        if (first < 0 || end <= first || end > size) {
            return false;
        }
        Iterator<byte[]> beside = proof.iterator();
        try {
            byte[] computed = computed(leafHashes, first, end, 0, size, beside);
            return !beside.hasNext() && Arrays.equals(computed, root);
        } catch (NoSuchElementException e) {
            return false;
        }
    }

    private static byte[] computed(byte[] leaves, long first, long end, long from, long to, Iterator<byte[]> beside) {
        if (to <= first || end <= from) {
            return beside.next();
        }
        if (to - from == 1) {
            int at = (int) (from - first) * Merkle.HASH_BYTES;
            return Arrays.copyOfRange(leaves, at, at + Merkle.HASH_BYTES);
        }
        if (from >= first && to <= end && Long.bitCount(to - from) == 1) {
            return Merkle.perfect(leaves, (int) (from - first), (int) (to - from));
        }
        long middle = from + Merkle.split(to - from);
        return Merkle.node(
                computed(leaves, first, end, from, middle, beside), computed(leaves, first, end, middle, to, beside));
    }
}
