package io.fjord.iam.serviceaccount;

import io.fjord.contract.Address;
import io.fjord.iam.Actors;
import io.fjord.iam.serviceaccount.ServiceAccount.State;
import io.fjord.platform.sql.Table;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Service accounts as rows of {@code iam.service_account}. */
final class ServiceAccountTable implements Table<ServiceAccount> {

    @Override
    public String table() {
        return "iam.service_account";
    }

    @Override
    public String kind() {
        return Actors.SERVICE_ACCOUNT;
    }

    @Override
    public List<String> columns() {
        return List.of("description", "owner", "state", "reason", "handed_over_to", "created_micros");
    }

    @Override
    public List<@Nullable Object> values(ServiceAccount account) {
        return Arrays.asList(
                account.description(),
                account.owner(),
                account.state().label(),
                account.reason(),
                account.handedOverTo(),
                Table.micros(account.createdAt()));
    }

    @Override
    public ServiceAccount read(Address address, Row row) {
        return new ServiceAccount(
                address,
                row.getString("description"),
                row.getString("owner"),
                State.of(row.getString("state")),
                row.getString("reason"),
                row.getString("handed_over_to"),
                Table.time(row.getLong("created_micros")));
    }

    @Override
    public boolean exists(ServiceAccount account) {
        return account.state() != State.ABSENT;
    }

    @Override
    public String existing() {
        return "state <> 'absent'";
    }
}
