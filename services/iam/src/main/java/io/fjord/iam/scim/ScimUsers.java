package io.fjord.iam.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.contract.Address;
import io.fjord.contract.iam.user.UserCommand.ActivateUser;
import io.fjord.contract.iam.user.UserCommand.ArchiveUser;
import io.fjord.contract.iam.user.UserCommand.ChangeUser;
import io.fjord.contract.iam.user.UserCommand.RegisterUser;
import io.fjord.contract.iam.user.UserCommand.SuspendUser;
import io.fjord.iam.Actors;
import io.fjord.iam.user.User;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Call;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Users as SCIM has them: who is not active is suspended, who is deleted is archived and not seen any more. */
final class ScimUsers implements ScimKind<User> {

    static final String SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";

    @Override
    public String endpoint() {
        return "Users";
    }

    @Override
    public String name() {
        return "User";
    }

    @Override
    public String schema() {
        return SCHEMA;
    }

    @Override
    public String kind() {
        return Actors.USER;
    }

    @Override
    public boolean shown(User user) {
        return user.state() == User.State.ACTIVE || user.state() == User.State.SUSPENDED;
    }

    @Override
    public String created(User user) {
        return user.registeredAt().toString();
    }

    @Override
    public void attributes(User user, ObjectNode to) {
        if (user.externalId() != null) {
            to.put("externalId", user.externalId());
        }
        to.put("userName", user.userName());
        if (user.displayName() != null) {
            to.put("displayName", user.displayName());
        }
        to.put("active", user.state() == User.State.ACTIVE);
    }

    @Override
    public Where<User> narrowed(String attribute, String value) {
        return switch (attribute) {
            case "username" -> {
                String key = value.toLowerCase(Locale.ROOT);
                yield Where.<User>all()
                        .and(
                                "user_name_key = ?",
                                List.of(key),
                                user -> user.userName().toLowerCase(Locale.ROOT).equals(key));
            }
            case "id" ->
                Where.<User>all()
                        .and(
                                "name = ?",
                                List.of(value),
                                user -> user.address().name().equals(value));
            default -> Where.all();
        };
    }

    private record Wanted(
            String userName,
            @Nullable String displayName,
            @Nullable String externalId,
            @Nullable Boolean active) {

        static Wanted of(ObjectNode json) {
            String displayName = Scim.text(json, "displayName");
            if (displayName == null && json.path("name") instanceof ObjectNode name) {
                displayName = Scim.text(name, "formatted");
            }
            return new Wanted(
                    Scim.needed(json, "userName"),
                    displayName,
                    Scim.text(json, "externalId"),
                    truth(json.path("active")));
        }

        /** Some send it as text. */
        private static @Nullable Boolean truth(JsonNode value) {
            if (value.isMissingNode() || value.isNull()) {
                return null;
            }
            return switch (value.asText().toLowerCase(Locale.ROOT)) {
                case "true" -> true;
                case "false" -> false;
                default -> throw Scim.invalidValue("active must be true or false");
            };
        }
    }

    /** Who is provisioned has no subject at the identity provider yet, so the id is a new one. */
    @Override
    public Address fresh(Call call, ObjectNode wanted) {
        return new Address(Actors.PLATFORM, Actors.USER, Ids.of("scim-user", call.commandId()));
    }

    @Override
    public Future<List<Object>> creating(Address address, ObjectNode json) {
        Wanted wanted = Wanted.of(json);
        List<Object> commands = new ArrayList<>();
        commands.add(new RegisterUser(wanted.userName(), wanted.displayName(), wanted.externalId()));
        if (Boolean.FALSE.equals(wanted.active())) {
            commands.add(new SuspendUser(null));
        }
        return Future.succeededFuture(commands);
    }

    @Override
    public Future<List<Object>> changing(User user, ObjectNode json) {
        Wanted wanted = Wanted.of(json);
        List<Object> commands = new ArrayList<>();
        if (!user.userName().equals(wanted.userName())
                || !Objects.equals(user.displayName(), wanted.displayName())
                || !Objects.equals(user.externalId(), wanted.externalId())) {
            commands.add(new ChangeUser(wanted.userName(), wanted.displayName(), wanted.externalId()));
        }
        boolean active = user.state() == User.State.ACTIVE;
        if (wanted.active() != null && wanted.active() != active) {
            commands.add(active ? new SuspendUser(null) : new ActivateUser());
        }
        return Future.succeededFuture(commands);
    }

    @Override
    public List<Object> removing() {
        return List.of(new ArchiveUser(null));
    }
}
