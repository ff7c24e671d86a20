package io.fjord.kernel;

/** What is kept in a secret; it shows itself only to who asks for it by name, and so to no log. */
public final class SecretValue {

    private final String text;

    private SecretValue(String text) {
        this.text = text;
    }

    public static SecretValue of(String text) {
        return new SecretValue(text);
    }

    public String reveal() {
        return text;
    }

    @Override
    public String toString() {
        return "SecretValue[hidden]";
    }
}
