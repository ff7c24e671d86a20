package io.fjord.cdc;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.platform.sql.Schemas;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The journals of all services as tables: where the truth is, however well the stream runs. One caller at a time. */
final class JournalTables implements JournalSource, AutoCloseable {

    private final JournalDatabase database;
    private @Nullable Connection connection;

    JournalTables(JournalDatabase database) {
        this.database = database;
    }

    private interface Query<T> {
        T on(Connection connection) throws SQLException;
    }

    /** @throws JournalUnreachable for whatever the database says; the next call connects anew */
    private <T> T ask(Query<T> query) {
        try {
            Connection current = connection;
            if (current == null) {
                current = database.connect();
                connection = current;
            }
            return query.on(current);
        } catch (SQLException e) {
            close();
            throw new JournalUnreachable(e);
        }
    }

    void check() {
        ask(current -> {
            database.check(current);
            return true;
        });
    }

    List<String> ready(Collection<String> services) {
        return ask(current -> database.ready(current, services));
    }

    Optional<String> prepareStream(boolean streamedBefore) {
        return ask(current -> database.prepareStream(current, streamedBefore));
    }

    @Override
    public Position end(String service) {
        return ask(current -> {
            try (var statement = current.createStatement();
                    ResultSet row = statement.executeQuery(
                            "select epoch, n from " + database.dialect().quote(Schemas.of(service)) + ".counter")) {
                return row.next() ? new Position(row.getLong(1), row.getLong(2)) : Position.START;
            }
        });
    }

    @Override
    public Optional<String> idAt(String service, Position position) {
        return ask(current -> {
            try (PreparedStatement statement = current.prepareStatement("select id from "
                    + database.dialect().quote(Schemas.of(service)) + ".event where epoch = ? and n = ?")) {
                statement.setLong(1, position.epoch());
                statement.setLong(2, position.n());
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
                }
            }
        });
    }

    @Override
    public List<EventEnvelope<byte[]>> after(String service, Position position, int limit) {
        return ask(current -> {
            var events = page(
                    current,
                    service,
                    "where epoch = ? and n > ? order by n limit " + limit,
                    position.epoch(),
                    position.n());
            // Two plain questions: an "or" over both columns would not use the key on every database.
            return events.isEmpty()
                    ? page(current, service, "where epoch > ? order by epoch, n limit " + limit, position.epoch())
                    : events;
        });
    }

    private List<EventEnvelope<byte[]>> page(Connection current, String service, String which, long... values)
            throws SQLException {
        try (PreparedStatement statement = current.prepareStatement("select " + JournalRow.COLUMNS + " from "
                + database.dialect().quote(Schemas.of(service)) + ".event " + which)) {
            for (int i = 0; i < values.length; i++) {
                statement.setLong(i + 1, values[i]);
            }
            List<EventEnvelope<byte[]>> events = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    events.add(JournalRow.of(service, row));
                }
            }
            return events;
        }
    }

    @Override
    public void close() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                // It was of no use any more.
            }
        }
    }
}
