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
import org.jspecify.annotations.Nullable;

/**
 * Where a request comes from: the peer of its connection, or, as long as that is a proxy we know, what the proxy says in
 * {@code X-Forwarded-For}. What a stranger writes there is not believed.
 */
public final class ClientAddress {

    public static final String FORWARDED_FOR = "X-Forwarded-For";

    private final List<IpSubnetFilterRule> trusted;

    private ClientAddress(List<String> trusted) {
        this.trusted = rules(trusted);
    }

    /** At the one door: believes these proxies (RFC 4632), and nobody without any. */
    public static ClientAddress behind(List<String> proxies) {
        return new ClientAddress(proxies);
    }

    /** Behind the gateway, which is on this machine or one of these. */
    public static ClientAddress behindGateway(List<String> gateways) {
        List<String> all = new ArrayList<>(gateways);
        all.add("127.0.0.0/8");
        all.add("::1/128");
        return new ClientAddress(all);
    }

    /** An address in digits, without its port. */
    public String of(HttpServerRequest request) {
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
    static boolean isWithin(List<String> cidrs, String address) {
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
