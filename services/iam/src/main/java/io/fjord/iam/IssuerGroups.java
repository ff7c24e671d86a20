package io.fjord.iam;

import java.util.Locale;

/** Groups that came from the identity provider. */
public final class IssuerGroups {

    /** How they are told from others, at the beginning of their external id. */
    public static final String ISSUED = "idp:";

    private IssuerGroups() {}

    /** {@code /data/engineers} is {@code data-engineers} here. */
    public static String name(String path) {
        String bare = path.startsWith("/") ? path.substring(1) : path;
        return bare.replace('/', '-').replace(' ', '-').replace('_', '-').toLowerCase(Locale.ROOT);
    }
}
