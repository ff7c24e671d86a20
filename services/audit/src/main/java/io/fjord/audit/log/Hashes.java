package io.fjord.audit.log;

import java.util.ArrayList;
import java.util.List;

/** The hashes of a log of some size, computed of its tiles: roots and proofs (RFC 6962, 2.1). */
public final class Hashes {

    /** Reads tiles. */
    public interface Tiles {

        /** @return the hashes side by side, as many as the tile is wide */
        byte[] read(Tile tile);
    }

    private final Tiles tiles;
    private final long size;

    public Hashes(Tiles tiles, long size) {
        this.tiles = tiles;
        this.size = size;
    }

    /** The root as it was when the log had that size. */
    public byte[] root(long of) {
        require(of <= size, of);
        return of == 0 ? Merkle.empty() : range(0, of);
    }

    /** What proves that a leaf is in a log of that size. */
    public List<byte[]> inclusion(long leaf, long of) {
        require(of <= size && leaf >= 0 && leaf < of, leaf);
        List<byte[]> proof = new ArrayList<>();
        inclusion(leaf, 0, of, proof);
        return proof;
    }

    private void inclusion(long leaf, long from, long to, List<byte[]> proof) {
        if (to - from == 1) {
            return;
        }
        long middle = from + Merkle.split(to - from);
        if (leaf < middle) {
            inclusion(leaf, from, middle, proof);
            proof.add(range(middle, to));
        } else {
            inclusion(leaf, middle, to, proof);
            proof.add(range(from, middle));
        }
    }

    /** What proves that a log of the one size began as the log of the other. */
    public List<byte[]> consistency(long from, long to) {
        require(to <= size && from >= 0 && from <= to, from);
        List<byte[]> proof = new ArrayList<>();
        if (from > 0 && from < to) {
            consistency(from, 0, to, true, proof);
        }
        return proof;
    }

    private void consistency(long old, long from, long to, boolean known, List<byte[]> proof) {
        if (old == to - from) {
            if (!known) {
                proof.add(range(from, to));
            }
            return;
        }
        long half = Merkle.split(to - from);
        if (old <= half) {
            consistency(old, from, from + half, known, proof);
            proof.add(range(from + half, to));
        } else {
            consistency(old - half, from + half, to, false, proof);
            proof.add(range(from, from + half));
        }
    }

    /** What proves, with the leaves from the one to before the other, that just they stand there in a log of that size. */
    public List<byte[]> beside(long first, long end, long of) {
        require(of <= size && first >= 0 && first < end && end <= of, first);
        List<byte[]> proof = new ArrayList<>();
        beside(first, end, 0, of, proof);
        return proof;
    }

    private void beside(long first, long end, long from, long to, List<byte[]> proof) {
        if (to <= first || end <= from) {
            proof.add(range(from, to));
        } else if (from < first || end < to) {
            long middle = from + Merkle.split(to - from);
            beside(first, end, from, middle, proof);
            beside(first, end, middle, to, proof);
        }
    }

    /** The root of some leaves: a perfect subtree, or everything from the beginning of one to the end. */
    private byte[] range(long from, long to) {
        long count = to - from;
        if (Long.bitCount(count) == 1 && from % count == 0) {
            return perfect(Long.numberOfTrailingZeros(count), from / count);
        }
        long middle = from + Merkle.split(count);
        return Merkle.node(range(from, middle), range(middle, to));
    }

    private byte[] perfect(int height, long index) {
        int level = height / Tile.HEIGHT;
        int count = 1 << (height % Tile.HEIGHT);
        long first = index * count;
        return Merkle.perfect(tiles.read(Tile.holding(level, first, size)), (int) (first % Tile.FULL), count);
    }

    private void require(boolean right, long what) {
        if (!right) {
            throw new IllegalArgumentException("A log of " + size + " entries has no proof for " + what);
        }
    }
}
