package io.fjord.platform.http;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a request comes from: the peer of its connection, or, as long as that is a proxy we know, what the proxy says in
 * {@code X-Forwarded-For}. What a stranger writes there is not believed, also not one on this machine; between Fjord's own processes
 * the address is sealed.
 */
public final class ClientAddress {

    public static final String FORWARDED_FOR = "X-Forwarded-For";

    private final List<IpSubnetFilterRule> trusted;
    private final @Nullable AddressSeal own;
    private final @Nullable AddressSeal believed;

    private ClientAddress(List<String> trusted, @Nullable AddressSeal own, @Nullable AddressSeal believed) {
        this.trusted = rules(trusted);
        this.own = own;
        this.believed = believed;
    }

    /** At the one door: believes these proxies (RFC 4632), and nobody without any. */
    public static ClientAddress behind(List<String> proxies) {
        return new ClientAddress(proxies, null, null);
    }

    /** The same, for a door that tells services in other processes. */
    public static ClientAddress behind(List<String> proxies, AddressSeal seal) {
        return new ClientAddress(proxies, seal, null);
    }

    /**
     * Behind the gateway: believes what it has sealed. A request without a seal comes to the service itself, or was handed over
     * within the process as it came to the door.
     */
    public static ClientAddress behindGateway(List<String> proxies, AddressSeal seal) {
        return new ClientAddress(proxies, null, seal);
    }

    /** An address in digits, without its port. */
    public String of(HttpServerRequest request) {
        return believed == null ? atTheDoor(request) : believed.open(request).orElseGet(() -> atTheDoor(request));
    }

    /** For a service in another process, as the value of {@link AddressSeal#HEADER}. */
    public Optional<String> sealed(HttpServerRequest request) {
        return own == null ? Optional.empty() : Optional.of(own.seal(of(request), request));
    }

    private String atTheDoor(HttpServerRequest request) {
        String address = request.remoteAddress() == null
                ? ""
                : String.valueOf(request.remoteAddress().hostAddress());
        List<String> hops = new ArrayList<>();
        request.headers().getAll(FORWARDED_FOR).forEach(header -> hops.addAll(List.of(header.split(",", -1))));
        Collections.reverse(hops);
        for (String hop : hops) {
            String before = hop.trim();
            if (!within(trusted, address) || parsed(before) == null) {
                break;
            }
            address = before;
        }
        return address;
    }

    /** @param cidrs none for anywhere */
    public static boolean isWithin(List<String> cidrs, String address) {
        return cidrs.isEmpty() || within(rules(cidrs), address);
    }

    private static List<IpSubnetFilterRule> rules(List<String> cidrs) {
        return cidrs.stream()
                .map(cidr -> {
                    // One address without a length is that address.
                    String whole = cidr.indexOf('/') >= 0 ? cidr : cidr + (cidr.indexOf(':') >= 0 ? "/128" : "/32");
                    return new IpSubnetFilterRule(whole, IpFilterRuleType.ACCEPT);
                })
                .toList();
    }

    private static boolean within(List<IpSubnetFilterRule> rules, String text) {
        InetSocketAddress address = parsed(text);
        return address != null && rules.stream().anyMatch(rule -> rule.matches(address));
    }

    /** Null for what is no address in digits: nothing is looked up. */
    private static @Nullable InetSocketAddress parsed(String text) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return bytes == null ? null : new InetSocketAddress(InetAddress.getByAddress(bytes), 0);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
