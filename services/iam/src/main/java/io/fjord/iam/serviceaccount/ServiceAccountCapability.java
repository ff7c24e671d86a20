package io.fjord.iam.serviceaccount;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent;
import io.fjord.iam.Actors;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.kernel.Aggregate;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Service accounts: what they are made of. */
public final class ServiceAccountCapability implements IamCapability {

    private final RowStore<ServiceAccount> store = new RowStore<>(new ServiceAccountTable());
    private final Aggregate<ServiceAccountCommand, ServiceAccount, ServiceAccountEvent> aggregate = new Aggregate<>(
            Actors.SERVICE_ACCOUNT,
            ServiceAccountCommand.class,
            ServiceAccountEvent.class,
            new ServiceAccountDecider(),
            store,
            Set.of());

    @Override
    public void register(MessageTypes types) {
        types.add("iam", "service-account", ServiceAccountCommand.class)
                .add("iam", "service-account", ServiceAccountEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }

    @Override
    public void install(Api api, Parts parts) {
        new ServiceAccountRoutes(parts, new Listing<>(parts.metastore(), parts.types(), store, aggregate)).install(api);
    }
}
