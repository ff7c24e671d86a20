package io.fjord.iam.user;

import java.util.Locale;

/** The names people log in with, each one's alone until they leave. */
final class UserNames {

    private UserNames() {}

    /** Names that differ in case alone are the same. */
    static String key(String userName) {
        return userName.toLowerCase(Locale.ROOT);
    }

    /** As a unique name among all things of iam. */
    static String of(String userName) {
        return "user-name:" + key(userName);
    }
}
