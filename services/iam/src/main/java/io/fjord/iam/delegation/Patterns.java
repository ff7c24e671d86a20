package io.fjord.iam.delegation;

import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What actions, resources and subjects may look like; all that is wrong is named at once. */
public final class Patterns {

    /** Where grants may reach into other domains. */
    public static final String PLATFORM = "platform";

    static final int MOST_ACTIONS = 50;
    static final int MOST_RESOURCES = 200;

    private static final Pattern ACTION = Pattern.compile("(\\*|[a-z][a-z0-9-]{0,62}):(\\*|[a-z][a-z0-9-]{0,62})");
    private static final Pattern RESOURCE = Pattern.compile(
            "(\\*|[a-z0-9][a-z0-9-]{0,62}\\*?)/(\\*|[a-z][a-z0-9-]{0,62}\\*?)/(\\*|[^\\s*]{1,400}\\*?)");
    private static final Pattern SUBJECT =
            Pattern.compile("(user|service-account|group):[A-Za-z0-9][A-Za-z0-9._@:+-]{0,199}");

    private Patterns() {}

    public static List<Fault> ofActions(List<String> actions) {
        List<Fault> faults = new ArrayList<>();
        if (actions.size() > MOST_ACTIONS) {
            faults.add(new Fault("/actions", "may be " + MOST_ACTIONS + " at most, and are " + actions.size()));
        }
        for (int i = 0; i < actions.size(); i++) {
            if (!ACTION.matcher(actions.get(i)).matches()) {
                faults.add(new Fault(
                        "/actions/" + i,
                        "must be kind:verb, as cluster:read, cluster:* or *:read, not '" + actions.get(i) + "'"));
            }
        }
        return faults;
    }

    /** @param domain whose grant or bundle it is; but for the platform's, it gives away what is its own */
    public static List<Fault> ofResources(String domain, List<String> resources) {
        List<Fault> faults = new ArrayList<>();
        if (resources.size() > MOST_RESOURCES) {
            faults.add(new Fault("/resources", "may be " + MOST_RESOURCES + " at most, and are " + resources.size()));
        }
        for (int i = 0; i < resources.size(); i++) {
            String resource = resources.get(i);
            if (!RESOURCE.matcher(resource).matches()) {
                faults.add(new Fault(
                        "/resources/" + i,
                        "must be domain/kind/name, each a name, * or a beginning as etl-*, not '" + resource + "'"));
            } else if (!domain.equals(PLATFORM) && !resource.startsWith(domain + "/")) {
                faults.add(new Fault(
                        "/resources/" + i,
                        "must begin with '" + domain + "/', as it is wished in that domain; what reaches further is"
                                + " wished in domain '" + PLATFORM + "'"));
            }
        }
        return faults;
    }

    public static List<Fault> ofSubject(String subject) {
        return SUBJECT.matcher(subject).matches()
                ? List.of()
                : List.of(new Fault(
                        "/subject",
                        "must be user:<id>, service-account:<name> or group:<name>, not '" + subject + "'"));
    }

    /** All that is wrong with a wish, whatever there is already. */
    public static List<Fault> ofGrant(String domain, MakeGrant wish) {
        List<Fault> faults = new ArrayList<>(ofSubject(wish.subject()));
        if (wish.role() == null && wish.actions().isEmpty()) {
            faults.add(new Fault("/role", "is missing; name a role, or give actions"));
        }
        if (wish.bundle() == null && wish.resources().isEmpty()) {
            faults.add(new Fault("/resources", "are missing; give resources, or name a bundle"));
        }
        faults.addAll(ofActions(wish.actions()));
        faults.addAll(ofResources(domain, wish.resources()));
        return faults;
    }

    public static Problem notRight(List<Fault> faults) {
        String count = faults.size() == 1 ? "One thing is wrong with it" : faults.size() + " things are wrong with it";
        return Problem.of(
                        "invalid-request",
                        400,
                        "The request is not right",
                        count + ", named under errors. Correct it and send it again.")
                .withFaults(faults);
    }
}
