package io.fjord.contract.core.cluster;

/** The T-shirt sizes of a cluster: cores of the driver and its memory in MiB. */
public enum ClusterSize {
    XS(1, 1024),
    S(2, 1536),
    M(4, 4096),
    L(8, 8192),
    XL(16, 16384);

    private final int cores;
    private final int memoryMiB;

    ClusterSize(int cores, int memoryMiB) {
        this.cores = cores;
        this.memoryMiB = memoryMiB;
    }

    public int cores() {
        return cores;
    }

    public int memoryMiB() {
        return memoryMiB;
    }
}
