package io.fjord.iam.user;

import io.fjord.contract.Address;
import io.fjord.iam.Actors;
import io.fjord.iam.user.User.State;
import io.fjord.platform.sql.Table;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Users as rows of {@code iam.iam_user}. */
final class UserTable implements Table<User> {

    @Override
    public String table() {
        return "iam.iam_user";
    }

    @Override
    public String kind() {
        return Actors.USER;
    }

    @Override
    public List<String> columns() {
        return List.of(
                "user_name",
                "user_name_key",
                "display_name",
                "external_id",
                "state",
                "reason",
                "handed_over_to",
                "created_micros",
                "forgotten_micros");
    }

    @Override
    public List<@Nullable Object> values(User user) {
        return Arrays.asList(
                user.userName(),
                UserNames.key(user.userName()),
                user.displayName(),
                user.externalId(),
                user.state().label(),
                user.reason(),
                user.handedOverTo(),
                Table.micros(user.registeredAt()),
                user.forgottenAt() == null ? null : Table.micros(user.forgottenAt()));
    }

    @Override
    public User read(Address address, Row row) {
        return new User(
                address,
                row.getString("user_name"),
                row.getString("display_name"),
                row.getString("external_id"),
                State.of(row.getString("state")),
                row.getString("reason"),
                row.getString("handed_over_to"),
                Table.time(row.getLong("created_micros")),
                row.getLong("forgotten_micros") == null ? null : Table.time(row.getLong("forgotten_micros")));
    }

    @Override
    public boolean exists(User user) {
        return user.state() != State.ABSENT;
    }

    @Override
    public String existing() {
        return "state <> 'absent'";
    }
}
