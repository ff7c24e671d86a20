package io.fjord.platform.access;

import io.fjord.contract.Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Rules by subject, and those on single things by the thing: ten thousand grants cost as much as ten. */
final class RuleIndex {

    /** What things are collected under. */
    private record Kind(String domain, String kind) {}

    private static final class OfSubject {
        /** On single things, by kind and name. */
        final Map<Kind, Map<String, Map<Address, Rule>>> exact = new HashMap<>();
        /** On more than single things. */
        final Map<Address, Rule> wide = new LinkedHashMap<>();

        @Nullable
        Map<Address, Rule> on(Address thing) {
            Map<String, Map<Address, Rule>> ofKind = exact.get(new Kind(thing.domain(), thing.kind()));
            return ofKind == null ? null : ofKind.get(thing.name());
        }
    }

    private final Map<String, OfSubject> bySubject = new HashMap<>();

    void add(Rule rule) {
        for (String subject : rule.subjects()) {
            OfSubject rules = bySubject.computeIfAbsent(subject, none -> new OfSubject());
            boolean wide = false;
            for (ResourcePattern pattern : rule.resources()) {
                if (pattern.isExact()) {
                    rules.exact
                            .computeIfAbsent(new Kind(pattern.domain(), pattern.kind()), none -> new HashMap<>())
                            .computeIfAbsent(pattern.name(), none -> new LinkedHashMap<>())
                            .put(rule.source(), rule);
                } else {
                    wide = true;
                }
            }
            if (wide) {
                rules.wide.put(rule.source(), rule);
            }
        }
    }

    void remove(Rule rule) {
        for (String subject : rule.subjects()) {
            OfSubject rules = bySubject.get(subject);
            if (rules == null) {
                continue;
            }
            rules.wide.remove(rule.source());
            for (ResourcePattern pattern : rule.resources()) {
                rules.exact.computeIfPresent(new Kind(pattern.domain(), pattern.kind()), (same, names) -> {
                    names.computeIfPresent(pattern.name(), (name, there) -> {
                        there.remove(rule.source());
                        return there.isEmpty() ? null : there;
                    });
                    return names.isEmpty() ? null : names;
                });
            }
            if (rules.wide.isEmpty() && rules.exact.isEmpty()) {
                bySubject.remove(subject);
            }
        }
    }

    /** The first rule on this that passes the test; the test is asked of rules that cover action and resource alone. */
    Optional<Rule> first(Collection<String> subjects, String action, Address resource, Predicate<Rule> test) {
        List<Address> places = Inside.placesOf(resource);
        for (String subject : subjects) {
            OfSubject rules = bySubject.get(subject);
            if (rules == null) {
                continue;
            }
            Rule found = first(rules.on(resource), action, resource, test);
            for (int i = 0; found == null && i < places.size(); i++) {
                found = first(rules.on(places.get(i)), action, resource, test);
            }
            if (found == null) {
                found = first(rules.wide, action, resource, test);
            }
            if (found != null) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }

    private static @Nullable Rule first(
            @Nullable Map<Address, Rule> rules, String action, Address resource, Predicate<Rule> test) {
        if (rules != null) {
            for (Rule rule : rules.values()) {
                if (rule.covers(action, resource) && test.test(rule)) {
                    return rule;
                }
            }
        }
        return null;
    }

    /** Whether any rule speaks of at least some things of a kind. */
    boolean any(Collection<String> subjects, String action, String domain, String kind) {
        return !wide(subjects, action, domain, kind).isEmpty() || !exact(subjects, action, domain, kind, rule -> false);
    }

    /** The rules on more than single things that speak of at least some of a kind. */
    List<Rule> wide(Collection<String> subjects, String action, String domain, String kind) {
        List<Rule> found = new ArrayList<>();
        for (String subject : subjects) {
            OfSubject rules = bySubject.get(subject);
            if (rules != null) {
                for (Rule rule : rules.wide.values()) {
                    if (rule.isOn(action) && rule.meets(domain, kind)) {
                        found.add(rule);
                    }
                }
            }
        }
        return found;
    }

    /**
     * Tells of the rules on single things of a kind, or on places those lie in: who owns ten thousand of them has as many.
     *
     * @param more whether to go on
     * @return whether all were told of
     */
    boolean exact(Collection<String> subjects, String action, String domain, String kind, Predicate<Rule> more) {
        Kind own = new Kind(domain, kind);
        for (String subject : subjects) {
            OfSubject rules = bySubject.get(subject);
            if (rules == null) {
                continue;
            }
            if (!exact(rules, action, own, more)) {
                return false;
            }
            for (String around : Inside.kindsAround(kind)) {
                if (!around.equals(kind) && !exact(rules, action, new Kind(domain, around), more)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean exact(OfSubject rules, String action, Kind kind, Predicate<Rule> more) {
        for (Map<Address, Rule> there : rules.exact.getOrDefault(kind, Map.of()).values()) {
            for (Rule rule : there.values()) {
                if (rule.isOn(action) && !more.test(rule)) {
                    return false;
                }
            }
        }
        return true;
    }
}
