package io.fjord.iam;

import io.fjord.contract.Address;
import java.util.Set;
import java.util.regex.Pattern;

/** Who may be named: {@code user:ana}, {@code service-account:nightly}, and of groups {@code group:data}. */
public final class Actors {

    /** The reserved domain of what belongs to the platform as a whole. */
    public static final String PLATFORM = "platform";

    public static final String USER = "user";
    public static final String SERVICE_ACCOUNT = "service-account";
    public static final String GROUP = "group";

    /** The holder of the local operator token. */
    public static final String OPERATOR = "user:operator";

    private static final Pattern ACTOR = Pattern.compile("(user|service-account):" + Address.NAME);
    private static final Pattern MEMBER = Pattern.compile("(user|service-account|group):" + Address.NAME);

    /** These ids mean something to the platform itself. */
    private static final Set<String> RESERVED = Set.of("operator", "platform", "anonymous");

    private Actors() {}

    /** Whether it can act by itself: a user or a service account. */
    public static boolean isActor(String text) {
        return ACTOR.matcher(text).matches();
    }

    /** Whether it can be in a group. */
    public static boolean isMember(String text) {
        return MEMBER.matcher(text).matches();
    }

    public static boolean isReserved(String name) {
        return RESERVED.contains(name);
    }

    /** {@code platform/user/ana} for {@code user:ana}. */
    public static Address address(String actor) {
        int colon = actor.indexOf(':');
        return new Address(PLATFORM, actor.substring(0, colon), actor.substring(colon + 1));
    }

    /** {@code user:ana} for {@code platform/user/ana}. */
    public static String of(Address address) {
        return address.kind() + ":" + address.name();
    }
}
