package io.fjord.controlpolicies.rule;

import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.platform.access.cel.BadCondition;
import io.fjord.platform.access.cel.Conditions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Everything that is wrong with a rule, named at once. */
public final class Faults {

    private static final String PLATFORM = "platform";
    private static final String ALL = "*";

    private static final Pattern ACTION = Pattern.compile("(\\*|[a-z][a-z0-9-]{0,62}):(\\*|[a-z][a-z0-9-]{0,62})");
    private static final Pattern RESOURCE = Pattern.compile(
            "(\\*|[a-z0-9][a-z0-9-]{0,62}\\*?)/(\\*|[a-z][a-z0-9-]{0,62}\\*?)/(\\*|[^\\s*]{1,400}\\*?)");
    private static final Pattern SUBJECT =
            Pattern.compile("\\*|(user|service-account|group):[A-Za-z0-9][A-Za-z0-9._@:+-]{0,199}");
    private static final Pattern COMMAND_TYPE = Pattern.compile("\\*|fjord\\.[A-Za-z0-9.-]{0,180}\\*?");

    private final List<Fault> faults = new ArrayList<>();

    public Faults subjects(List<String> subjects) {
        each("/subjects", subjects, SUBJECT, "must be user:<id>, service-account:<name>, group:<name> or *");
        return this;
    }

    public Faults actions(List<String> actions) {
        each("/actions", actions, ACTION, "must be kind:verb, as cluster:read, cluster:* or *:read");
        return this;
    }

    /** @param domain whose rule it is; but for the platform's, it speaks of what is its own */
    public Faults resources(String domain, List<String> resources) {
        each("/resources", resources, RESOURCE, "must be domain/kind/name, each a name, * or a beginning as etl-*");
        for (int i = 0; i < resources.size(); i++) {
            String resource = resources.get(i);
            if (!domain.equals(PLATFORM)
                    && RESOURCE.matcher(resource).matches()
                    && !resource.startsWith(domain + "/")) {
                faults.add(new Fault(
                        "/resources/" + i,
                        "must begin with '" + domain + "/', as it is wished in that domain; what reaches further is"
                                + " wished in domain '" + PLATFORM + "'"));
            }
        }
        return this;
    }

    public Faults commandTypes(List<String> types) {
        each(
                "/commandTypes",
                types,
                COMMAND_TYPE,
                "must be the type of a command, or a beginning with *, as fjord.core.cluster.*");
        return this;
    }

    public Faults condition(String pointer, Conditions conditions, String expression) {
        try {
            conditions.compile(expression);
        } catch (BadCondition e) {
            faults.add(new Fault(pointer, e.told()));
        }
        return this;
    }

    private void each(String pointer, List<String> texts, Pattern pattern, String must) {
        if (texts.isEmpty()) {
            faults.add(new Fault(pointer, "must name at least one" + (pattern == SUBJECT ? ", or " + ALL : "")));
        }
        for (int i = 0; i < texts.size(); i++) {
            if (!pattern.matcher(texts.get(i)).matches()) {
                faults.add(new Fault(pointer + "/" + i, must + ", not '" + texts.get(i) + "'"));
            }
        }
    }

    public Optional<Problem> problem() {
        return faults.isEmpty() ? Optional.empty() : Optional.of(problem(faults));
    }

    public static Problem problem(List<Fault> faults) {
        String count = faults.size() == 1 ? "One thing is wrong with it" : faults.size() + " things are wrong with it";
        return Problem.of(
                        "rule-not-readable",
                        422,
                        "The rule cannot be read",
                        count + ", named under errors. Correct it and send it again; nothing was changed.")
                .withFaults(faults);
    }
}
