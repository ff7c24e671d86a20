package io.fjord.ingestion.capture;

import io.fjord.ingestion.CannotGoOn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Which addresses source databases may have: those of private networks too, for that is where databases are, but none by which this
 * machine or a cloud's metadata is reached.
 */
final class Reach {

    private static final Set<String> METADATA = Set.of("168.63.129.16", "100.100.100.200", "fd00:ec2:0:0:0:0:0:254");

    private final List<String> allowed;

    /** @param allowed networks that may be reached although they are special: {@code 127.0.0.0/8} */
    Reach(List<String> allowed) {
        this.allowed = List.copyOf(allowed);
    }

    /** What to connect to; the name is asked once, so that it cannot mean something else a moment later. */
    InetAddress address(String host) throws CannotGoOn, IOException {
        InetAddress[] all;
        try {
            all = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw new IOException("The host '" + host + "' of the database is not known", e);
        }
        // One address that may not be reached is enough: a name that means both is nobody's honest database.
        for (InetAddress address : all) {
            if (isSpecial(address) && !isAllowed(address)) {
                throw new CannotGoOn("The host '" + host + "' of the database may not be reached: "
                        + address.getHostAddress() + " is of this machine, link-local, or serves metadata. Who runs the"
                        + " platform can allow its network (FJORD_SOURCES_NETWORKS).");
            }
        }
        return all[0];
    }

    private static boolean isSpecial(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress()
                // 0.0.0.0/8; and of IPv6 what embeds an IPv4 address: compatible, mapped, NAT64.
                || bytes[0] == 0
                || bytes.length == 4 && (bytes[0] & 0xf0) == 0xf0
                || bytes.length == 16 && isTunnel(bytes)
                || METADATA.contains(address.getHostAddress());
    }

    /** 6to4 and Teredo, which lead to an IPv4 address that was not looked at. */
    private static boolean isTunnel(byte[] bytes) {
        boolean teredo = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0 && bytes[3] == 0;
        return teredo || bytes[0] == 0x20 && bytes[1] == 0x02;
    }

    private boolean isAllowed(InetAddress address) {
        return allowed.stream().anyMatch(network -> isIn(network, address.getAddress()));
    }

    private static boolean isIn(String network, byte[] address) {
        String[] parts = network.split("/", 2);
        byte[] base;
        try {
            base = InetAddress.getByName(parts[0]).getAddress();
        } catch (UnknownHostException e) {
            return false;
        }
        if (base.length != address.length) {
            return false;
        }
        int bits = parts.length == 1 ? base.length * 8 : Integer.parseInt(parts[1]);
        byte[] masked = address.clone();
        for (int i = 0; i < masked.length; i++) {
            int kept = Math.max(0, Math.min(8, bits - i * 8));
            int mask = (0xff00 >> kept) & 0xff;
            masked[i] &= (byte) mask;
            base[i] &= (byte) mask;
        }
        return Arrays.equals(masked, base);
    }
}
