package io.fjord.contract.iam.identitysource;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How people of a directory, or of another identity provider, come in; what is secret about it travels as a reference only.
 *
 * @param ldap for the kind {@code ldap}: their directory (RFC 4511)
 * @param saml for the kind {@code saml}: the identity provider that vouches for them (SAML 2.0)
 * @param groups which groups there make somebody a member of which groups here; without any, groups of a directory come under
 *     their own names
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record IdentitySourceSettings(
        String displayName,
        boolean enabled,
        @Nullable Ldap ldap,
        @Nullable Saml saml,
        List<MappedGroup> groups) {

    public static final String LDAP = "ldap";
    public static final String SAML = "saml";

    public IdentitySourceSettings {
        groups = List.copyOf(groups);
    }

    /** {@code ldap} or {@code saml}; empty if neither is said, or both. */
    public String kind() {
        if ((ldap == null) == (saml == null)) {
            return "";
        }
        return ldap == null ? SAML : LDAP;
    }

    /**
     * @param url {@code ldap://host:389} or {@code ldaps://…}
     * @param bindDn who searches it; null for nobody in particular
     * @param usernameAttribute what people type in to log in: {@code uid}
     * @param idAttribute what stays theirs for ever: {@code entryUUID}
     * @param groupsDn where its groups are; null for people alone
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Ldap(
            String url,
            boolean startTls,
            @Nullable String bindDn,
            String usersDn,
            String usernameAttribute,
            String idAttribute,
            @Nullable String groupsDn) {}

    /**
     * @param metadataUrl where it describes itself, keys included
     * @param groupsAttribute of its assertions, with a value for each group; null for none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Saml(
            String metadataUrl,
            @Nullable String emailAttribute,
            @Nullable String firstNameAttribute,
            @Nullable String lastNameAttribute,
            @Nullable String groupsAttribute) {}

    /**
     * @param from the name of the group there
     * @param to the name of the group here
     */
    public record MappedGroup(String from, String to) {}
}
