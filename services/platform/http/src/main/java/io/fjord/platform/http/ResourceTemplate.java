package io.fjord.platform.http;

import io.fjord.contract.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code x-fjord-resource}: {@code cluster/{name}} in the domain of the request, {@code platform/journal/{service}} in one of its
 * own; a name in braces is a parameter of the path or the query.
 */
record ResourceTemplate(List<Part> domain, String kind, List<Part> name) {

    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");

    /** Text as it stands, or the name of a parameter. */
    record Part(String text, boolean isParameter) {}

    /** @throws IllegalArgumentException if it is not two or three parts */
    static ResourceTemplate parse(String text) {
        String[] parts = text.split("/", 3);
        return switch (parts.length) {
            case 2 -> new ResourceTemplate(parts("{domain}"), parts[0], parts(parts[1]));
            case 3 -> new ResourceTemplate(parts(parts[0]), parts[1], parts(parts[2]));
            default ->
                throw new IllegalArgumentException(
                        "x-fjord-resource is kind/{name} or domain/kind/{name}, not '" + text + "'");
        };
    }

    private static List<Part> parts(String template) {
        List<Part> parts = new ArrayList<>();
        Matcher variable = VARIABLE.matcher(template);
        int done = 0;
        while (variable.find()) {
            parts.add(new Part(template.substring(done, variable.start()), false));
            parts.add(new Part(variable.group(1), true));
            done = variable.end();
        }
        parts.add(new Part(template.substring(done), false));
        return parts;
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

    private static Optional<String> filled(List<Part> parts, Function<String, Optional<String>> parameter) {
        StringBuilder all = new StringBuilder();
        for (Part part : parts) {
            String value = part.isParameter() ? parameter.apply(part.text()).orElse("") : part.text();
            if (part.isParameter() && value.isEmpty()) {
                return Optional.empty();
            }
            all.append(value);
        }
        return Optional.of(all.toString());
    }
}
