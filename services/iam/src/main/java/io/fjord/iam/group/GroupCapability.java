package io.fjord.iam.group;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.iam.group.GroupCommand;
import io.fjord.contract.iam.group.GroupEvent;
import io.fjord.iam.Actors;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.kernel.Aggregate;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Groups: what they are made of. */
public final class GroupCapability implements IamCapability {

    private final RowStore<Group> store = new RowStore<>(new GroupTable());
    private final Aggregate<GroupCommand, Group, GroupEvent> aggregate =
            new Aggregate<>(Actors.GROUP, GroupCommand.class, GroupEvent.class, new GroupDecider(), store, Set.of());

    @Override
    public void register(MessageTypes types) {
        types.add("iam", "group", GroupCommand.class).add("iam", "group", GroupEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }

    public Listing<Group> listing(Parts parts) {
        return new Listing<>(parts.metastore(), parts.types(), store, aggregate);
    }

    @Override
    public void install(Api api, Parts parts) {
        new GroupRoutes(parts, listing(parts)).install(api);
    }
}
