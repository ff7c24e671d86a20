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

    private static final class OfSubject {
        /** On single things, by their address. */
        final Map<String, Map<Address, Rule>> exact = new HashMap<>();
        /** On more than single things. */
        final Map<Address, Rule> wide = new LinkedHashMap<>();
    }

    private final Map<String, OfSubject> bySubject = new HashMap<>();

    void add(Rule rule) {
        for (String subject : rule.subjects()) {
            OfSubject rules = bySubject.computeIfAbsent(subject, none -> new OfSubject());
            boolean wide = false;
            for (ResourcePattern pattern : rule.resources()) {
                if (pattern.isExact()) {
                    rules.exact
                            .computeIfAbsent(pattern.toString(), none -> new LinkedHashMap<>())
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
                Map<Address, Rule> there = rules.exact.get(pattern.toString());
                if (there != null && there.remove(rule.source()) != null && there.isEmpty()) {
                    rules.exact.remove(pattern.toString());
                }
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
            Rule found = first(rules.exact.get(resource.toString()), action, resource, test);
            for (int i = 0; found == null && i < places.size(); i++) {
                found = first(rules.exact.get(places.get(i).toString()), action, resource, test);
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

    /** All rules that speak of at least some things of a kind. */
    List<Rule> on(Collection<String> subjects, String action, String domain, String kind) {
        List<Rule> found = new ArrayList<>();
        for (String subject : subjects) {
            OfSubject rules = bySubject.get(subject);
            if (rules == null) {
                continue;
            }
            rules.wide.values().stream()
                    .filter(rule -> rule.isOn(action)
                            && rule.resources().stream().anyMatch(pattern -> pattern.meets(domain, kind)))
                    .forEach(found::add);
            List<String> beginnings = new ArrayList<>(List.of(domain + "/" + kind + "/"));
            Inside.kindsAround(kind).forEach(around -> beginnings.add(domain + "/" + around + "/"));
            rules.exact.forEach((name, there) -> {
                if (beginnings.stream().anyMatch(name::startsWith)) {
                    there.values().stream().filter(rule -> rule.isOn(action)).forEach(found::add);
                }
            });
        }
        return found;
    }
}
