package io.fjord.contract.iam.grant;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of who may do what to which; its address is {@code <domain>/grant/<id>}. */
public sealed interface GrantCommand {

    <R> R match(Cases<R> cases);

    /**
     * Give a role, or single actions, on resources or on a bundle. Nothing is taken away by another grant; policies do that.
     *
     * @param subject {@code user:…}, {@code service-account:…} or {@code group:…}
     * @param role name of a role of this domain or of a built-in one; null: the actions alone
     * @param actions patterns; with a role: beside those of the role
     * @param resources patterns like {@code default/cluster/*}
     * @param bundle name of a bundle of this domain, instead of or beside the resources
     */
    record MakeGrant(
            String subject,
            @Nullable String role,
            List<String> actions,
            List<String> resources,
            @Nullable String bundle)
            implements GrantCommand {
        public MakeGrant {
            actions = List.copyOf(actions);
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record RevokeGrant() implements GrantCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(MakeGrant command);

        R on(RevokeGrant command);
    }
}
