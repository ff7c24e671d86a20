package io.fjord.embedded;

import java.util.function.Function;

/**
 * One thing that can be set from outside.
 *
 * @param name the environment variable
 * @param defaultText what holds when it is not set; empty for nothing
 * @param sentence what it does, for the reader of {@code fjord up --help} and the reference page
 * @param parser makes the value, or throws an {@link IllegalArgumentException} whose message completes "FJORD_X …"
 */
public record Setting<T>(String name, String defaultText, String sentence, Function<String, T> parser) {

    static Setting<String> text(String name, String defaultText, String sentence) {
        return new Setting<>(name, defaultText, sentence, text -> text);
    }

    static Setting<Integer> port(String name, String defaultText, String sentence) {
        return new Setting<>(name, defaultText, sentence, text -> number(text, 1, 65535, "a port"));
    }

    static Setting<Integer> megabytes(String name, String defaultText, String sentence) {
        return new Setting<>(name, defaultText, sentence, text -> number(text, 32, 1_000_000, "a size in MiB"));
    }

    private static int number(String text, int least, int most, String what) {
        try {
            var number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new IllegalArgumentException(
                "is \"" + text + "\", but must be " + what + " from " + least + " to " + most + ".");
    }
}
