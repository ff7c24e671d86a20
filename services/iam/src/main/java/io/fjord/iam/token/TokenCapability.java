package io.fjord.iam.token;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.iam.token.TokenCommand;
import io.fjord.contract.iam.token.TokenEvent;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.kernel.Aggregate;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Personal access tokens: what they are made of. */
public final class TokenCapability implements IamCapability {

    private final RowStore<Token> store = new RowStore<>(new TokenTable());
    private final Aggregate<TokenCommand, Token, TokenEvent> aggregate =
            new Aggregate<>(TokenTable.KIND, TokenCommand.class, TokenEvent.class, new TokenDecider(), store, Set.of());

    @Override
    public void register(MessageTypes types) {
        types.add("iam", "token", TokenCommand.class).add("iam", "token", TokenEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }

    @Override
    public void install(Api api, Parts parts) {
        TokenUses uses = new TokenUses(parts.vertx(), parts.database());
        uses.start();
        parts.onStop().accept(uses::stop);
        new TokenRoutes(parts, new Listing<>(parts.metastore(), parts.types(), store, aggregate), uses).install(api);
    }
}
