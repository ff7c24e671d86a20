package io.fjord.webhooks.egress;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses are of the internet at large, after IANA's registries of special-purpose addresses. Of IPv6 only what is
 * handed out as global unicast counts, so that whatever embeds an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) is out.
 */
public final class Networks {

    private static final List<Named> SPECIAL = List.of(
            named("0.0.0.0/8", "of this network"),
            named("10.0.0.0/8", "private"),
            named("100.64.0.0/10", "shared by a carrier"),
            named("127.0.0.0/8", "loopback"),
            named("168.63.129.16/32", "of a cloud's metadata"),
            named("169.254.0.0/16", "link-local, where clouds serve metadata"),
            named("172.16.0.0/12", "private"),
            named("192.0.0.0/24", "reserved"),
            named("192.0.2.0/24", "for documentation"),
            named("192.31.196.0/24", "reserved"),
            named("192.52.193.0/24", "reserved"),
            named("192.88.99.0/24", "a 6to4 relay"),
            named("192.168.0.0/16", "private"),
            named("192.175.48.0/24", "reserved"),
            named("198.18.0.0/15", "for benchmarks"),
            named("198.51.100.0/24", "for documentation"),
            named("203.0.113.0/24", "for documentation"),
            named("224.0.0.0/4", "multicast"),
            named("240.0.0.0/4", "reserved"),
            named("2001::/23", "reserved, or a tunnel"),
            named("2001:db8::/32", "for documentation"),
            named("2002::/16", "a 6to4 tunnel"),
            named("2620:4f:8000::/48", "reserved"),
            named("3fff::/20", "for documentation"));

    private static final Network GLOBAL_UNICAST = Network.parse("2000::/3");

    private final List<Network> allowed;

    private record Named(Network network, String what) {}

    private record Network(byte[] base, int bits) {

        static Network parse(String text) {
            int slash = text.indexOf('/');
            String address = slash < 0 ? text : text.substring(0, slash);
            if (!address.matches("[0-9a-fA-F:.]+") || address.matches("[0-9a-fA-F]*")) {
                throw new IllegalArgumentException("'" + text + "' is no network, as 10.0.0.0/8 is");
            }
            try {
                byte[] base = InetAddress.getByName(address).getAddress();
                int bits = slash < 0 ? base.length * 8 : Integer.parseInt(text.substring(slash + 1));
                if (bits >= 0 && bits <= base.length * 8) {
                    return new Network(base, bits);
                }
            } catch (UnknownHostException | NumberFormatException e) {
                // told below
            }
            throw new IllegalArgumentException("'" + text + "' is no network, as 10.0.0.0/8 is");
        }

        boolean has(byte[] address) {
            if (address.length != base.length) {
                return false;
            }
            for (int i = 0; i < bits; i++) {
                int mask = 0x80 >> (i % 8);
                if ((address[i / 8] & mask) != (base[i / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    private static Named named(String network, String what) {
        return new Named(Network.parse(network), what);
    }

    private Networks(List<Network> allowed) {
        this.allowed = List.copyOf(allowed);
    }

    /**
     * @param allowed networks that may be reached although they are not of the internet: {@code 127.0.0.0/8}
     * @throws IllegalArgumentException naming what is no network
     */
    public static Networks allowing(List<String> allowed) {
        List<Network> all = new ArrayList<>();
        allowed.forEach(network -> all.add(Network.parse(network)));
        return new Networks(all);
    }

    /** Why nothing may be sent to an address; empty if it may. */
    public Optional<String> refusal(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (allowed.stream().anyMatch(network -> network.has(bytes))) {
            return Optional.empty();
        }
        for (Named special : SPECIAL) {
            if (special.network().has(bytes)) {
                return Optional.of(address.getHostAddress() + " is " + special.what());
            }
        }
        return address instanceof Inet4Address || GLOBAL_UNICAST.has(bytes)
                ? Optional.empty()
                : Optional.of(address.getHostAddress() + " is not of the internet");
    }
}
