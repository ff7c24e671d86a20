package io.fjord.kernel;

import java.util.List;

/**
 * Yes or no, and why.
 *
 * @param reason for people: "role engineer by grant default/grant/01a… to group:data, of which user:ana is a member"
 * @param chain addresses of what led to it, from the actor to the rule: groups, grant, role or bundle, policy; empty if nothing
 *     spoke for it
 * @param policyPosition how far the policies were known, as {@code iam=1:12,control-policies=1:3}
 */
public record AccessDecision(boolean allowed, String reason, List<String> chain, String policyPosition) {

    public AccessDecision {
        chain = List.copyOf(chain);
    }
}
