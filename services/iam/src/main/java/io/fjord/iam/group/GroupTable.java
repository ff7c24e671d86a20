package io.fjord.iam.group;

import io.fjord.contract.Address;
import io.fjord.iam.Actors;
import io.fjord.kernel.Store.Change;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Table;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Groups as rows of {@code iam.iam_group}, their members as rows of {@code iam.group_member}. */
final class GroupTable implements Table<Group> {

    @Override
    public String table() {
        return "iam.iam_group";
    }

    @Override
    public String kind() {
        return Actors.GROUP;
    }

    @Override
    public List<String> columns() {
        return List.of("id", "display_name", "external_id", "state", "created_micros");
    }

    @Override
    public List<@Nullable Object> values(Group group) {
        return Arrays.asList(
                group.id(),
                group.displayName(),
                group.externalId(),
                group.exists() ? "active" : "deleted",
                Table.micros(group.createdAt()));
    }

    @Override
    public Group read(Address address, Row row) {
        return new Group(
                address,
                row.getString("id"),
                row.getString("display_name"),
                row.getString("external_id"),
                row.getString("state").equals("active"),
                new TreeSet<>(),
                Table.time(row.getLong("created_micros")));
    }

    @Override
    public boolean exists(Group group) {
        return group.exists();
    }

    @Override
    public String existing() {
        return "state = 'active'";
    }

    // Members

    @Override
    public Future<Map<Address, Stored<Group>>> complete(Tx tx, Map<Address, Stored<Group>> found) {
        if (found.isEmpty()) {
            return Future.succeededFuture(found);
        }
        List<String> names = found.keySet().stream().map(Address::name).toList();
        return SqlTx.of(tx)
                .queryIn("SELECT group_name, member FROM iam.group_member WHERE group_name IN (??)", names)
                .map(rows -> {
                    Map<String, SortedSet<String>> members = new HashMap<>();
                    rows.forEach(row -> members.computeIfAbsent(row.getString("group_name"), name -> new TreeSet<>())
                            .add(row.getString("member")));
                    Map<Address, Stored<Group>> complete = new HashMap<>();
                    found.forEach((address, stored) -> complete.put(
                            address,
                            new Stored<>(
                                    stored.state().with(members.getOrDefault(address.name(), new TreeSet<>())),
                                    stored.version())));
                    return complete;
                });
    }

    @Override
    public Future<Void> saveMore(SqlTx tx, Collection<Change<Group>> changes) {
        List<Tuple> gone = new ArrayList<>();
        List<Tuple> come = new ArrayList<>();
        for (Change<Group> change : changes) {
            SortedSet<String> before = change.before().state().members();
            SortedSet<String> after = change.after().state().members();
            String name = change.subject().name();
            before.stream()
                    .filter(member -> !after.contains(member))
                    .forEach(member -> gone.add(Tuple.of(name, member)));
            after.stream()
                    .filter(member -> !before.contains(member))
                    .forEach(member -> come.add(Tuple.of(name, member)));
        }
        Future<?> deleted = tx.updates("DELETE FROM iam.group_member WHERE group_name = ? AND member = ?", gone);
        Future<?> inserted =
                come.isEmpty() ? Future.succeededFuture() : tx.insert("iam.group_member (group_name, member)", come);
        return Future.join(deleted, inserted).mapEmpty();
    }
}
