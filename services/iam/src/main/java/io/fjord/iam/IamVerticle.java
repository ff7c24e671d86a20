package io.fjord.iam;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Position;
import io.fjord.iam.access.AccessCapability;
import io.fjord.iam.bundle.BundleCapability;
import io.fjord.iam.delegation.Delegation;
import io.fjord.iam.grant.GrantCapability;
import io.fjord.iam.group.GroupCapability;
import io.fjord.iam.identitysource.IdentitySourceCapability;
import io.fjord.iam.keycloak.KeycloakAdmin;
import io.fjord.iam.keycloak.KeycloakCapability;
import io.fjord.iam.role.RoleCapability;
import io.fjord.iam.scim.ScimCapability;
import io.fjord.iam.serviceaccount.ServiceAccountCapability;
import io.fjord.iam.token.TokenCapability;
import io.fjord.iam.user.UserCapability;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Journals;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.deciding.DecidingVerticle;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.PersonalData;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Who may use Fjord, and for what. */
public final class IamVerticle extends DecidingVerticle {

    public static final String SERVICE = "iam";

    private final IamConfig config;
    private final List<IamCapability> capabilities = capabilities(() -> this.vault);
    private Vault vault;

    @SuppressWarnings("NullAway.Init") // opened() makes what needs the database
    public IamVerticle(IamConfig config) {
        super(
                new Places(
                        SERVICE,
                        config.kafka(),
                        config.databaseUrl(),
                        8,
                        config.authenticator(),
                        config.host(),
                        config.port()),
                messages(PlatformMessages.types()));
        this.config = config;
    }

    /** The table of contents. */
    private static List<IamCapability> capabilities(Supplier<Vault> vault) {
        RoleCapability roles = new RoleCapability();
        BundleCapability bundles = new BundleCapability();
        GrantCapability grants = new GrantCapability(bundles);
        UserCapability users = new UserCapability();
        GroupCapability groups = new GroupCapability();
        IdentitySourceCapability sources = new IdentitySourceCapability(vault);
        return List.of(
                users,
                groups,
                new ServiceAccountCapability(),
                new TokenCapability(),
                roles,
                bundles,
                grants,
                new AccessCapability(grants, roles, bundles),
                new ScimCapability(users, groups),
                sources,
                new KeycloakCapability(users, groups, connected -> List.of(sources.inKeycloak(connected))));
    }

    public static MessageTypes messages(MessageTypes types) {
        Supplier<Vault> none = () -> {
            throw new IllegalStateException("Messages are named without a vault");
        };
        capabilities(none).forEach(capability -> capability.register(types));
        return types;
    }

    @Override
    protected void opened() {
        metastore().keeping(new PersonalData(database(), SERVICE, config.masterKey(), types()));
        vault = openVault(config.masterKey());
    }

    @Override
    protected List<Aggregate<?, ?, ?>> aggregates() {
        return capabilities.stream()
                .<Aggregate<?, ?, ?>>flatMap(capability -> capability.aggregates().stream())
                .toList();
    }

    @Override
    protected List<Guard> guards() {
        List<Guard> guards = new ArrayList<>(config.guards());
        guards.add(new Delegation(metastore(), config.access(), types()));
        return guards;
    }

    @Override
    protected Future<?> follow() {
        react(new Leavers(database(), config.access(), types()), Journals.own(metastore()), metastore()::isTransient);
        return Future.succeededFuture();
    }

    @Override
    protected Future<?> begun() {
        return metastore()
                .position()
                .compose(position -> config.firstGrants() && position.equals(Position.START)
                        ? FirstGrants.send(path().log(), types())
                        : Future.succeededFuture());
    }

    @Override
    protected void install(Api api) {
        Parts parts = new Parts(
                vertx,
                config,
                database(),
                metastore(),
                types(),
                path().log(),
                path().outcomes(),
                commands(),
                reads(),
                config.access(),
                vault,
                path().deadLetters(),
                config.keycloak() == null ? null : new KeycloakAdmin(vertx, config.keycloak()),
                this::onStop);
        capabilities.forEach(capability -> capability.install(api, parts));
    }
}
