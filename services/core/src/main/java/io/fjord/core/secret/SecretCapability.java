package io.fjord.core.secret;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.core.secret.SecretCommand;
import io.fjord.contract.core.secret.SecretEvent;
import io.fjord.kernel.Access;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Metastore;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Credentials under a name: what they are made of. */
public final class SecretCapability implements Capability {

    private final Vault vault;
    private final RowStore<Secret> store;
    private final Aggregate<SecretCommand, Secret, SecretEvent> aggregate;

    /** @param vault where the values are kept */
    public SecretCapability(Vault vault) {
        this.vault = vault;
        this.store = new RowStore<>(new SecretTable(vault));
        this.aggregate = new Aggregate<>(
                SecretTable.KIND, SecretCommand.class, SecretEvent.class, new SecretDecider(), store, Set.of());
    }

    Listing<Secret> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
    }

    /** What services read credentials from. */
    public StoredSecrets secrets(
            Metastore metastore,
            MessageTypes types,
            SecretReader elsewhere,
            Access access,
            Supplier<Future<Void>> known,
            Clock clock) {
        return new StoredSecrets(listing(metastore, types), vault, elsewhere, access, known, clock);
    }

    public static MessageTypes messages(MessageTypes types) {
        return types.add("core", "secret", SecretCommand.class).add("core", "secret", SecretEvent.class);
    }

    @Override
    public void register(MessageTypes types) {
        messages(types);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }
}
