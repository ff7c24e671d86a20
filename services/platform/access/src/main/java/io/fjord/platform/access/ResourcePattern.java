package io.fjord.platform.access;

import io.fjord.contract.Address;

/**
 * Which things are meant: {@code domain/kind/name}, each part a name, {@code *}, or a beginning as {@code etl-*}; the name may
 * have slashes ({@code default/table/sales.*}).
 */
public record ResourcePattern(String domain, String kind, String name) {

    private static final String ANY = "*";

    /** @throws IllegalArgumentException if the text has fewer than three parts, or a star that is not at the end of one */
    public static ResourcePattern parse(String text) {
        String[] parts = text.split("/", 3);
        if (parts.length != 3) {
            throw wrong(text);
        }
        for (String part : parts) {
            int star = part.indexOf('*');
            if (part.isEmpty() || (star >= 0 && star != part.length() - 1)) {
                throw wrong(text);
            }
        }
        return new ResourcePattern(parts[0], parts[1], parts[2]);
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(
                "A resource is domain/kind/name, each a name, *, or a beginning as etl-*, not '" + text + "'");
    }

    /** Whether it means one thing alone. */
    boolean isExact() {
        return !domain.endsWith(ANY) && !kind.endsWith(ANY) && !name.endsWith(ANY);
    }

    /**
     * Whether it means this, or a place this lies in. Of the name {@code *}, which stands for a collection: whether all of it is
     * covered.
     */
    public boolean covers(Address address) {
        if (means(address)) {
            return true;
        }
        for (Address place : Inside.placesOf(address)) {
            if (means(place)) {
                return true;
            }
        }
        return false;
    }

    private boolean means(Address address) {
        return covers(domain, address.domain()) && covers(kind, address.kind()) && covers(name, address.name());
    }

    boolean isAny() {
        return domain.equals(ANY) && kind.equals(ANY) && name.equals(ANY);
    }

    /** Whether at least one thing of that kind could be covered. */
    boolean meets(String someDomain, String someKind) {
        if (!covers(domain, someDomain)) {
            return false;
        }
        if (covers(kind, someKind)) {
            return true;
        }
        for (String around : Inside.kindsAround(someKind)) {
            if (covers(kind, around)) {
                return true;
            }
        }
        return false;
    }

    boolean coversAll(String someDomain, String someKind) {
        return meets(someDomain, someKind) && name.equals(ANY);
    }

    private static boolean covers(String pattern, String text) {
        return pattern.endsWith(ANY)
                ? text.startsWith(pattern.substring(0, pattern.length() - 1))
                : pattern.equals(text);
    }

    @Override
    public String toString() {
        return domain + "/" + kind + "/" + name;
    }
}
