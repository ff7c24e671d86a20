package io.fjord.platform.http;

import io.fjord.contract.Address;
import io.fjord.platform.http.Document.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the document demands of who enters an operation, decided before its handler runs.
 *
 * <p>A named resource is decided here for good. Where the handler alone knows what it is about (the name stands in the body), a
 * change is refused here to those who may do it to nothing at all, and the handler asks again; a list is entered by everybody
 * and shows what its reader may read.
 */
final class Entry {

    private static final Pattern ACTION = Pattern.compile("[a-z][a-z-]*:[a-z][a-z-]*");

    private final Route route;
    private final @Nullable ResourceTemplate template;

    Entry(Route route) {
        this.route = route;
        this.template = route.resource() == null ? null : ResourceTemplate.parse(route.resource());
    }

    /** What is wrong with what the document says of it. */
    static List<String> faults(Route route) {
        List<String> faults = new ArrayList<>();
        String of = route.operationId();
        if (route.action().isEmpty()) {
            faults.add(of + " has no x-fjord-action: say cluster:read or the like, self, or open");
        } else if (route.guarded() && !ACTION.matcher(route.action()).matches()) {
            faults.add(of + " has the x-fjord-action '" + route.action() + "', which is not kind:verb, self or open");
        }
        if (route.open() != route.action().equals(Route.OPEN)) {
            faults.add(of + ": security: [] and x-fjord-action: open go together");
        }
        String resource = route.resource();
        if (resource != null) {
            try {
                ResourceTemplate.parse(resource).resolve(name -> {
                    boolean known = (name.equals("domain"))
                            || route.parameters().stream()
                                    .anyMatch(parameter -> parameter.name().equals(name)
                                            && !parameter.in().equals("header"));
                    if (!known) {
                        faults.add(of + ": x-fjord-resource names {" + name + "}, which is no parameter of it");
                    }
                    return Optional.of("some");
                });
            } catch (IllegalArgumentException e) {
                faults.add(of + ": " + e.getMessage());
            }
        }
        return faults;
    }

    /**
     * @param parameter of the path or the query, or its default
     * @throws ProblemException 403
     */
    void check(Permissions permissions, Function<String, Optional<String>> parameter) {
        if (!route.guarded()) {
            return;
        }
        if (template != null) {
            // What is missing is a fault, and told as such when all faults are.
            template.resolve(parameter).ifPresent(resource -> permissions.require(route.action(), resource));
        } else if (!route.reads() && hasDomain()) {
            parameter
                    .apply("domain")
                    .filter(domain -> Address.NAME.matcher(domain).matches())
                    .ifPresent(domain -> permissions.requireSome(route.action(), domain, kind()));
        }
    }

    private boolean hasDomain() {
        return route.parameters().stream()
                .anyMatch(parameter ->
                        parameter.name().equals("domain") && parameter.in().equals("query"));
    }

    private String kind() {
        return route.action().substring(0, route.action().indexOf(':'));
    }
}
