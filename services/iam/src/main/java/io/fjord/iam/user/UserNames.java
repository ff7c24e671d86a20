package io.fjord.iam.user;

import io.fjord.contract.Problem;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import java.util.Optional;

/** The names people log in with, each one's alone until they leave. */
public final class UserNames {

    private UserNames() {}

    /**
     * A user name is what people log in with, the id is who they are: two who come by one name at the same moment are told apart
     * by it. So it is looked up here, once, and not held by a lock every registration would wait for.
     */
    public static Future<Void> free(Database database, String userName, String id) {
        return database.query(
                        "SELECT name FROM iam.iam_user WHERE user_name_key = ? AND name <> ? AND state <> 'archived'"
                                + " ORDER BY name LIMIT 1",
                        UserTable.key(userName),
                        id)
                .compose(rows -> {
                    Optional<Problem> taken = rows.size() == 0
                            ? Optional.empty()
                            : Optional.of(UserProblems.userNameTaken(
                                    userName, rows.iterator().next().getString("name")));
                    return taken.isEmpty()
                            ? Future.succeededFuture()
                            : Future.failedFuture(new ProblemException(taken.get()));
                });
    }
}
