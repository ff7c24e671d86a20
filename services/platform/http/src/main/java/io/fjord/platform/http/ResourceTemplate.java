package io.fjord.platform.http;

import io.fjord.contract.Address;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code x-fjord-resource}: {@code cluster/{name}} in the domain of the request, {@code platform/journal/{service}} in one of its
 * own; a name in braces is a parameter of the path or the query.
 */
record ResourceTemplate(String domain, String kind, String name) {

    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");

    /** @throws IllegalArgumentException if it is not two or three parts */
    static ResourceTemplate parse(String text) {
        String[] parts = text.split("/", 3);
        return switch (parts.length) {
            case 2 -> new ResourceTemplate("{domain}", parts[0], parts[1]);
            case 3 -> new ResourceTemplate(parts[0], parts[1], parts[2]);
            default ->
                throw new IllegalArgumentException(
                        "x-fjord-resource is kind/{name} or domain/kind/{name}, not '" + text + "'");
        };
    }

    /** @return empty if a parameter is missing, which is a fault of the request */
    Optional<Address> resolve(Function<String, Optional<String>> parameter) {
        Optional<String> inDomain = filled(domain, parameter);
        Optional<String> named = filled(name, parameter);
        return inDomain.isEmpty()
                        || named.isEmpty()
                        || !Address.NAME.matcher(inDomain.get()).matches()
                ? Optional.empty()
                : Optional.of(new Address(inDomain.get(), kind, named.get()));
    }

    private static Optional<String> filled(String template, Function<String, Optional<String>> parameter) {
        StringBuilder all = new StringBuilder();
        Matcher variable = VARIABLE.matcher(template);
        while (variable.find()) {
            Optional<String> value = parameter.apply(variable.group(1)).filter(text -> !text.isEmpty());
            if (value.isEmpty()) {
                return Optional.empty();
            }
            variable.appendReplacement(all, Matcher.quoteReplacement(value.get()));
        }
        variable.appendTail(all);
        return Optional.of(all.toString());
    }
}
