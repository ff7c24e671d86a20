package io.fjord.iam.user;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.iam.user.UserCommand;
import io.fjord.contract.iam.user.UserEvent;
import io.fjord.iam.Actors;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.kernel.Aggregate;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Users: what they are made of. */
public final class UserCapability implements IamCapability {

    private final RowStore<User> store = new RowStore<>(new UserTable());
    private final Aggregate<UserCommand, User, UserEvent> aggregate =
            new Aggregate<>(Actors.USER, UserCommand.class, UserEvent.class, new UserDecider(), store, Set.of());

    @Override
    public void register(MessageTypes types) {
        types.add("iam", "user", UserCommand.class).add("iam", "user", UserEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }

    public Listing<User> listing(Parts parts) {
        return new Listing<>(parts.metastore(), parts.types(), store, aggregate);
    }

    @Override
    public void install(Api api, Parts parts) {
        Listing<User> users = listing(parts);
        new UserRoutes(parts, users).install(api);
        new MeRoutes(parts, users).install(api);
    }
}
