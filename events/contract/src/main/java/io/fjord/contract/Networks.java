package io.fjord.contract;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses others may have us connect to, after IANA's registries of special-purpose addresses. Of IPv6 only what is
 * handed out as global unicast counts as the internet, so that whatever embeds an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo)
 * is out.
 */
public final class Networks {

    /** The first that has an address says what it is. */
    private static final List<Special> SPECIAL = List.of(
            own("0.0.0.0/8", "of this network"),
            beyond("10.0.0.0/8", "private"),
            own("100.100.100.200/32", "of a cloud's metadata"),
            beyond("100.64.0.0/10", "shared by a carrier"),
            own("127.0.0.0/8", "loopback"),
            own("168.63.129.16/32", "of a cloud's metadata"),
            own("169.254.0.0/16", "link-local, where clouds serve metadata"),
            beyond("172.16.0.0/12", "private"),
            beyond("192.0.0.0/24", "reserved"),
            beyond("192.0.2.0/24", "for documentation"),
            beyond("192.31.196.0/24", "reserved"),
            beyond("192.52.193.0/24", "reserved"),
            beyond("192.88.99.0/24", "a 6to4 relay"),
            beyond("192.168.0.0/16", "private"),
            beyond("192.175.48.0/24", "reserved"),
            beyond("198.18.0.0/15", "for benchmarks"),
            beyond("198.51.100.0/24", "for documentation"),
            beyond("203.0.113.0/24", "for documentation"),
            own("224.0.0.0/4", "multicast"),
            own("240.0.0.0/4", "reserved"),
            own("::/8", "of this machine, or an IPv4 address within IPv6"),
            own("2001::/32", "a Teredo tunnel"),
            beyond("2001::/23", "reserved, or a tunnel"),
            beyond("2001:db8::/32", "for documentation"),
            own("2002::/16", "a 6to4 tunnel"),
            beyond("2620:4f:8000::/48", "reserved"),
            beyond("3fff::/20", "for documentation"),
            own("fd00:ec2::254/128", "of a cloud's metadata"),
            own("fe80::/10", "link-local"),
            own("ff00::/8", "multicast"));

    private static final Network GLOBAL_UNICAST = Network.parse("2000::/3");

    private final List<Network> allowed;
    private final boolean alsoBeyond;

    /**
     * Addresses that are not just anybody's.
     *
     * @param own by which this machine, its neighbours or a cloud's metadata are reached
     */
    private record Special(Network network, String what, boolean own) {}

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

    private static Special own(String network, String what) {
        return new Special(Network.parse(network), what, true);
    }

    /** Of another network than the internet. */
    private static Special beyond(String network, String what) {
        return new Special(Network.parse(network), what, false);
    }

    private Networks(List<String> allowed, boolean alsoBeyond) {
        List<Network> all = new ArrayList<>();
        allowed.forEach(network -> all.add(Network.parse(network)));
        this.allowed = List.copyOf(all);
        this.alsoBeyond = alsoBeyond;
    }

    /**
     * The internet, and what is allowed.
     *
     * @param allowed networks that may be reached although they are not of the internet: {@code 127.0.0.0/8}
     * @throws IllegalArgumentException naming what is no network
     */
    public static Networks ofTheInternet(List<String> allowed) {
        return new Networks(allowed, false);
    }

    /**
     * All but that by which this machine, its neighbours or a cloud's metadata are reached, and what of that is allowed. Private networks
     * too: for what is meant to be there, as databases are.
     *
     * @param allowed networks that may be reached although they are special: {@code 127.0.0.0/8}
     * @throws IllegalArgumentException naming what is no network
     */
    public static Networks privateToo(List<String> allowed) {
        return new Networks(allowed, true);
    }

    /** Why an address may not be connected to; empty if it may. */
    public Optional<String> refusal(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (allowed.stream().anyMatch(network -> network.has(bytes))) {
            return Optional.empty();
        }
        for (Special special : SPECIAL) {
            if (special.network().has(bytes)) {
                return alsoBeyond && !special.own()
                        ? Optional.empty()
                        : Optional.of(address.getHostAddress() + " is " + special.what());
            }
        }
        return alsoBeyond || address instanceof Inet4Address || GLOBAL_UNICAST.has(bytes)
                ? Optional.empty()
                : Optional.of(address.getHostAddress() + " is not of the internet");
    }
}
