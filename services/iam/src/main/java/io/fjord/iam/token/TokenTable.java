package io.fjord.iam.token;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.iam.token.Token.Scope;
import io.fjord.iam.token.Token.State;
import io.fjord.platform.sql.Table;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tokens as rows of {@code iam.token}. */
final class TokenTable implements Table<Token> {

    static final String KIND = "token";

    @Override
    public String table() {
        return "iam.token";
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<String> columns() {
        return List.of("owner", "label", "hash", "detail", "state", "expires_micros", "created_micros");
    }

    @Override
    public List<@Nullable Object> values(Token token) {
        return Arrays.asList(
                token.owner(),
                token.label(),
                token.hash(),
                Json.text(token.scope()),
                token.state().label(),
                Table.micros(token.scope().expiresAt()),
                Table.micros(token.createdAt()));
    }

    @Override
    public Token read(Address address, Row row) {
        return new Token(
                address,
                row.getString("owner"),
                row.getString("label"),
                row.getString("hash"),
                Json.read(row.getString("detail"), Scope.class),
                State.of(row.getString("state")),
                Table.time(row.getLong("created_micros")));
    }

    @Override
    public boolean exists(Token token) {
        return token.state() != State.ABSENT;
    }

    @Override
    public String existing() {
        return "state <> 'absent'";
    }
}
