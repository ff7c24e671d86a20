package io.fjord.gateway;

import io.fjord.contract.Address;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which cluster a caller wants.
 *
 * @param cluster null where the protocol has no place for it, or the caller left it out
 */
record ClusterName(String domain, @Nullable String cluster) {

    static final String DEFAULT_DOMAIN = "default";
    static final ClusterName NONE = new ClusterName(DEFAULT_DOMAIN, null);

    private static final Pattern LAKEHOUSE = Pattern.compile("/lakehouse/(?:([^/]+)/)?([^/]+)/?");

    /** What dbt-spark's {@code method: http} asks for. */
    private static final Pattern DBT = Pattern.compile("/sql/protocolv1/o/([^/]+)/([^/]+)/?");

    /** dbt's way to say that there is no organization. */
    private static final String NO_ORGANIZATION = "0";

    /** {@code etl} or {@code sales/etl}; nothing for anything else. */
    static Optional<ClusterName> parse(String text) {
        int slash = text.indexOf('/');
        String domain = slash < 0 ? DEFAULT_DOMAIN : text.substring(0, slash);
        String cluster = text.substring(slash + 1);
        return isName(domain) && isName(cluster) ? Optional.of(new ClusterName(domain, cluster)) : Optional.empty();
    }

    /** The cluster whose HiveServer2 is behind that path. */
    static Optional<ClusterName> ofPath(String path) {
        Matcher lakehouse = LAKEHOUSE.matcher(path);
        if (lakehouse.matches()) {
            String domain = lakehouse.group(1);
            return Optional.of(new ClusterName(domain == null ? DEFAULT_DOMAIN : domain, lakehouse.group(2)));
        }
        Matcher dbt = DBT.matcher(path);
        if (dbt.matches()) {
            String organization = dbt.group(1);
            return Optional.of(new ClusterName(
                    organization.equals(NO_ORGANIZATION) ? DEFAULT_DOMAIN : organization, dbt.group(2)));
        }
        return Optional.empty();
    }

    /**
     * The user name of a protocol that has no other place for it: {@code etl}, {@code alice@etl}, {@code alice@sales/etl}. A
     * name with anything else in it, an e-mail address for instance, names no cluster.
     */
    static ClusterName ofUser(String user) {
        return parse(user.substring(user.lastIndexOf('@') + 1)).orElse(NONE);
    }

    private static boolean isName(String text) {
        return Address.NAME.matcher(text).matches();
    }
}
