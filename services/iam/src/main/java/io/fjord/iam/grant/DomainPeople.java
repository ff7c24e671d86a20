package io.fjord.iam.grant;

import io.fjord.contract.Address;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import io.fjord.kernel.Ids;
import java.util.List;

/** Owners and members of a domain: each a grant of a built-in role on all of it. */
public final class DomainPeople {

    private DomainPeople() {}

    /** The same for every time somebody is put there, so that twice is once. */
    public static Address grant(String domain, String role, String actor) {
        return new Address(domain, "grant", Ids.of("domain-" + role, domain, actor));
    }

    public static MakeGrant wish(String domain, String role, String actor) {
        return new MakeGrant(actor, role, List.of(), List.of(everythingOf(domain)), null);
    }

    static String everythingOf(String domain) {
        return domain + "/*/*";
    }
}
