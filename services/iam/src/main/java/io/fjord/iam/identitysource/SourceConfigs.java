package io.fjord.iam.identitysource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Ldap;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.MappedGroup;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Saml;
import io.fjord.iam.keycloak.KeycloakAdmin;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Identity sources in Keycloak's words. */
final class SourceConfigs {

    static final String STORAGE = "org.keycloak.storage.UserStorageProvider";
    static final String MAPPER = "org.keycloak.storage.ldap.mappers.LDAPStorageMapper";

    private SourceConfigs() {}

    // A directory

    static ObjectNode ldap(IdentitySource source, @Nullable String password) {
        IdentitySourceSettings settings = source.settings();
        Ldap ldap = Objects.requireNonNull(settings.ldap());
        Map<String, String> config = connection(ldap, password);
        config.put("enabled", String.valueOf(settings.enabled()));
        config.put("priority", "0");
        config.put("editMode", "READ_ONLY");
        config.put("importEnabled", "true");
        config.put("syncRegistrations", "false");
        config.put("usersDn", ldap.usersDn());
        config.put("vendor", "other");
        config.put("readTimeout", "20000");
        config.put("usernameLDAPAttribute", ldap.usernameAttribute());
        config.put("rdnLDAPAttribute", ldap.usernameAttribute());
        config.put("uuidLDAPAttribute", ldap.idAttribute());
        config.put("userObjectClasses", "inetOrgPerson");
        config.put("searchScope", "2");
        config.put("pagination", "false");
        config.put("fullSyncPeriod", "-1");
        config.put("changedSyncPeriod", "-1");
        return component(source.address().name(), "ldap", STORAGE, null, config);
    }

    private static Map<String, String> connection(Ldap ldap, @Nullable String password) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("connectionUrl", ldap.url());
        config.put("startTls", String.valueOf(ldap.startTls()));
        config.put("useTruststoreSpi", "always");
        config.put("connectionTimeout", "5000");
        config.put("authType", ldap.bindDn() == null ? "none" : "simple");
        if (ldap.bindDn() != null) {
            config.put("bindDn", ldap.bindDn());
            config.put("bindCredential", password == null ? "" : password);
        }
        return config;
    }

    /** Its groups; only those that are mapped, if any are. */
    static ObjectNode ldapGroups(String parent, IdentitySourceSettings settings) {
        Ldap ldap = Objects.requireNonNull(settings.ldap());
        Map<String, String> config = new LinkedHashMap<>();
        config.put("groups.dn", Objects.requireNonNull(ldap.groupsDn()));
        config.put("group.name.ldap.attribute", "cn");
        config.put("group.object.classes", "groupOfNames");
        config.put("preserve.group.inheritance", "false");
        config.put("ignore.missing.groups", "true");
        config.put("membership.ldap.attribute", "member");
        config.put("membership.attribute.type", "DN");
        config.put("membership.user.ldap.attribute", ldap.usernameAttribute());
        config.put("mode", "READ_ONLY");
        config.put("user.roles.retrieve.strategy", "LOAD_GROUPS_BY_MEMBER_ATTRIBUTE");
        config.put("drop.non.existing.groups.during.sync", "false");
        config.put("groups.path", "/");
        if (!settings.groups().isEmpty()) {
            config.put(
                    "groups.ldap.filter",
                    settings.groups().stream()
                            .map(MappedGroup::from)
                            .distinct()
                            .map(cn -> "(cn=" + cn + ")")
                            .collect(Collectors.joining("", "(|", ")")));
        }
        return component("groups", "group-ldap-mapper", MAPPER, parent, config);
    }

    static ObjectNode component(
            String name, String provider, String type, @Nullable String parent, Map<String, String> config) {
        ObjectNode row = Json.MAPPER.createObjectNode();
        row.put("name", name).put("providerId", provider).put("providerType", type);
        if (parent != null) {
            row.put("parentId", parent);
        }
        ObjectNode values = row.putObject("config");
        config.forEach((key, value) -> values.putArray(key).add(value));
        return row;
    }

    // An identity provider

    /** What it says of itself becomes what Keycloak keeps of it. */
    static Future<JsonNode> described(KeycloakAdmin keycloak, Saml saml) {
        return keycloak.post(
                        "/identity-provider/import-config", Map.of("providerId", "saml", "fromUrl", saml.metadataUrl()))
                .map(answer -> {
                    JsonNode config = answer.orThrow("Its description at " + saml.metadataUrl() + " cannot be used")
                            .body();
                    if (!config.hasNonNull("singleSignOnServiceUrl")) {
                        throw KeycloakAdmin.refusal(saml.metadataUrl() + " does not describe a SAML identity provider");
                    }
                    return config;
                });
    }

    static ObjectNode saml(IdentitySource source, JsonNode described, String entityId) {
        IdentitySourceSettings settings = source.settings();
        ObjectNode row = Json.MAPPER
                .createObjectNode()
                .put("alias", source.address().name())
                .put("displayName", settings.displayName())
                .put("providerId", "saml")
                .put("enabled", settings.enabled())
                .put("trustEmail", true)
                .put("firstBrokerLoginFlowAlias", "first broker login");
        ObjectNode config = row.putObject("config");
        described.properties().forEach(entry -> config.set(entry.getKey(), entry.getValue()));
        config.put("entityId", entityId);
        config.put("syncMode", "FORCE");
        config.put("principalType", "SUBJECT");
        // It decides what its people are called; asked for a format of its list, many make up a name for us alone.
        config.put("nameIDPolicyFormat", "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified");
        // Without it anybody could say who somebody is.
        config.put("validateSignature", "true");
        config.put("wantAssertionsSigned", "true");
        return row;
    }

    static List<ObjectNode> samlMappers(IdentitySource source) {
        Saml saml = Objects.requireNonNull(source.settings().saml());
        List<ObjectNode> mappers = new java.util.ArrayList<>();
        mappers.add(attribute(source, saml.emailAttribute() == null ? "email" : saml.emailAttribute(), "email"));
        mappers.add(attribute(
                source, saml.firstNameAttribute() == null ? "firstName" : saml.firstNameAttribute(), "firstName"));
        mappers.add(attribute(
                source, saml.lastNameAttribute() == null ? "lastName" : saml.lastNameAttribute(), "lastName"));
        for (MappedGroup group : source.settings().groups()) {
            ObjectNode mapper =
                    mapper(source, "group " + group.from() + " to " + group.to(), "saml-advanced-group-idp-mapper");
            ObjectNode config = mapper.withObjectProperty("config");
            config.put(
                    "attributes",
                    Json.text(List.of(
                            Map.of("key", Objects.requireNonNull(saml.groupsAttribute()), "value", group.from()))));
            config.put("are.attribute.values.regex", "false");
            config.put("group", "/" + group.to());
            mappers.add(mapper);
        }
        return mappers;
    }

    private static ObjectNode attribute(IdentitySource source, String from, String to) {
        ObjectNode mapper = mapper(source, to, "saml-user-attribute-idp-mapper");
        mapper.withObjectProperty("config").put("attribute.name", from).put("user.attribute", to);
        return mapper;
    }

    private static ObjectNode mapper(IdentitySource source, String name, String provider) {
        ObjectNode mapper = Json.MAPPER
                .createObjectNode()
                .put("name", name)
                .put("identityProviderAlias", source.address().name())
                .put("identityProviderMapper", provider);
        mapper.putObject("config").put("syncMode", "FORCE");
        return mapper;
    }

    // Trying it out

    /** Completes when Keycloak can use it; else fails with what it says. */
    static Future<Void> test(KeycloakAdmin keycloak, Vault vault, IdentitySource source) {
        Saml saml = source.settings().saml();
        if (saml != null) {
            return described(keycloak, saml).mapEmpty();
        }
        Ldap ldap = Objects.requireNonNull(source.settings().ldap());
        return password(vault, source).compose(password -> {
            Map<String, String> wish = connection(ldap, password);
            wish.put("action", "testAuthentication");
            return keycloak.post("/testLDAPConnection", wish)
                    .map(answer -> answer.orThrow("It cannot connect to " + ldap.url()
                            + (ldap.bindDn() == null ? "" : " and log in as " + ldap.bindDn())))
                    .mapEmpty();
        });
    }

    static Future<@Nullable String> password(Vault vault, IdentitySource source) {
        return source.secretRef() == null ? Future.succeededFuture(null) : vault.getText(source.secretRef());
    }
}
