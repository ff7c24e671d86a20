package io.fjord.iam.token;

import io.fjord.contract.Problem.Fault;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What actions, resources and places of use may look like. */
final class Patterns {

    private static final Pattern ACTION = Pattern.compile("(\\*|[a-z][a-z-]{0,62}):(\\*|[a-z][a-z-]{0,62})");
    private static final Pattern RESOURCE =
            Pattern.compile("(\\*|[a-z0-9-]{1,63}\\*?)/(\\*|[a-z][a-z-]{0,62}\\*?)/([^*\\s]{1,400}\\*?|\\*)");
    private static final Pattern PREFIX = Pattern.compile("0|[1-9][0-9]{0,2}");

    private Patterns() {}

    static List<Fault> faults(List<String> actions, List<String> resources, List<String> cidrs) {
        List<Fault> faults = new ArrayList<>();
        some("/actions", actions, faults);
        some("/resources", resources, faults);
        each("/actions", actions, ACTION.asMatchPredicate(), "must be kind:verb, as cluster:read or cluster:*", faults);
        each(
                "/resources",
                resources,
                RESOURCE.asMatchPredicate(),
                "must be domain/kind/name, each a name, * or a beginning as etl-*",
                faults);
        each(
                "/cidrs",
                cidrs,
                Patterns::isCidr,
                "must be an address and a prefix, as 10.0.0.0/8 or 2001:db8::/32",
                faults);
        return faults;
    }

    private static void some(String pointer, List<String> values, List<Fault> faults) {
        if (values.isEmpty()) {
            faults.add(new Fault(pointer, "must not be empty: a token that is for nothing cannot be used"));
        }
    }

    private static void each(
            String pointer,
            List<String> values,
            java.util.function.Predicate<String> right,
            String words,
            List<Fault> faults) {
        for (int i = 0; i < values.size(); i++) {
            if (!right.test(values.get(i))) {
                faults.add(new Fault(pointer + "/" + i, words));
            }
        }
    }

    /** RFC 4632, and the same for IPv6. Names are not looked up. */
    static boolean isCidr(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !PREFIX.matcher(text.substring(slash + 1)).matches()) {
            return false;
        }
        String address = text.substring(0, slash);
        int prefix = Integer.parseInt(text.substring(slash + 1));
        return NetUtil.isValidIpV4Address(address) && prefix <= 32
                || address.indexOf('%') < 0
                        && address.indexOf('[') < 0
                        && NetUtil.isValidIpV6Address(address)
                        && prefix <= 128;
    }
}
