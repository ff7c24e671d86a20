package io.fjord.contract;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** Where a thing lives: {@code domain/kind/name}; the Kafka key of every message about it, so its order holds. */
public record Address(String domain, String kind, String name) implements Comparable<Address> {

    /** What a domain or a resource may be called: a DNS label (RFC 1123), so it fits hosts, buckets and Kubernetes. */
    public static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    public Address {
        if (domain.isEmpty()
                || kind.isEmpty()
                || name.isEmpty()
                || domain.indexOf('/') >= 0
                || kind.indexOf('/') >= 0) {
            throw new IllegalArgumentException(
                    "An address is domain/kind/name, not '" + domain + "/" + kind + "/" + name + "'");
        }
    }

    /** @throws IllegalArgumentException if the text has fewer than three parts; a name may itself contain slashes */
    @JsonCreator
    public static Address parse(String text) {
        String[] parts = text.split("/", 3);
        if (parts.length != 3) {
            throw new IllegalArgumentException("An address is domain/kind/name, not '" + text + "'");
        }
        return new Address(parts[0], parts[1], parts[2]);
    }

    @Override
    public int compareTo(Address other) {
        return toString().compareTo(other.toString());
    }

    @Override
    @JsonValue
    public String toString() {
        return domain + "/" + kind + "/" + name;
    }
}
