package io.fjord.iam.scim;

import io.fjord.codec.MessageTypes;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.iam.group.GroupCapability;
import io.fjord.iam.user.UserCapability;
import io.fjord.kernel.Thing;
import io.fjord.platform.http.Api;

/** SCIM 2.0 (RFC 7643, RFC 7644): users and groups as the provisioning systems of others see and change them. */
public final class ScimCapability implements IamCapability {

    private final UserCapability users;
    private final GroupCapability groups;

    public ScimCapability(UserCapability users, GroupCapability groups) {
        this.users = users;
        this.groups = groups;
    }

    /** It has none of its own: it speaks in those of users and groups. */
    @Override
    public void register(MessageTypes types) {}

    @Override
    public void install(Api api, Parts parts) {
        ScimDocuments documents = new ScimDocuments();
        api.foreignProblems(Scim::refuse)
                .on("scimGetServiceProviderConfig", Scim.handler(documents::config))
                .on("scimListResourceTypes", Scim.handler(documents::types))
                .on("scimGetResourceType", Scim.handler(documents::type))
                .on("scimListSchemas", Scim.handler(documents::schemas))
                .on("scimGetSchema", Scim.handler(documents::schema));
        install(api, "User", new ScimResources<>(parts, new ScimUsers(), users.listing(parts)));
        install(api, "Group", new ScimResources<>(parts, new ScimGroups(parts.database()), groups.listing(parts)));
    }

    private static <S extends Thing> void install(Api api, String name, ScimResources<S> resources) {
        api.on("scimList" + name + "s", Scim.handler(resources::list))
                .on("scimCreate" + name, Scim.handler(resources::create))
                .on("scimGet" + name, Scim.handler(resources::get))
                .on("scimReplace" + name, Scim.handler(resources::replace))
                .on("scimPatch" + name, Scim.handler(resources::patch))
                .on("scimDelete" + name, Scim.handler(resources::delete));
    }
}
