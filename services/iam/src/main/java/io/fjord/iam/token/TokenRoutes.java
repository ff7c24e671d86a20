package io.fjord.iam.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.token.TokenCommand;
import io.fjord.contract.iam.token.TokenCommand.CreateToken;
import io.fjord.contract.iam.token.TokenCommand.ResumeToken;
import io.fjord.contract.iam.token.TokenCommand.RevokeToken;
import io.fjord.contract.iam.token.TokenCommand.SuspendToken;
import io.fjord.iam.Actors;
import io.fjord.iam.Parts;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tokens over HTTP: one's own under {@code /tokens}, those of others under who owns them. */
final class TokenRoutes {

    private final ThingRoutes<Token> tokens;
    private final Listing<Token> listing;
    private final Database database;
    private final TokenUses uses;
    private final TokenValues values;
    private final Clock clock = Clock.systemUTC();

    TokenRoutes(Parts parts, Listing<Token> listing, TokenUses uses) {
        this.tokens = parts.routes(
                listing, stored -> TokenView.of(stored, uses), address -> TokenProblems.notFound(address.name()));
        this.listing = listing;
        this.database = parts.database();
        this.uses = uses;
        this.values = new TokenValues(parts.config().masterKey());
    }

    void install(Api api) {
        Function<Call, String> own = Call::actor;
        Function<Call, String> user = call -> Actors.USER + ":" + call.path("id");
        Function<Call, String> account = call -> Actors.SERVICE_ACCOUNT + ":" + call.path("name");
        api.on("createToken", call -> create(call, own.apply(call), "/api/v1/tokens/"))
                .on("listTokens", call -> list(call, own.apply(call)))
                .on("getToken", call -> owned(call, own, address -> tokens.get(call, address)))
                .on("suspendToken", call -> change(call, own, new SuspendToken()))
                .on("resumeToken", call -> change(call, own, new ResumeToken()))
                .on("revokeToken", call -> change(call, own, new RevokeToken()))
                .on("listUserTokens", call -> list(call, user.apply(call)))
                .on("suspendUserToken", call -> change(call, user, new SuspendToken()))
                .on("resumeUserToken", call -> change(call, user, new ResumeToken()))
                .on("revokeUserToken", call -> change(call, user, new RevokeToken()))
                .on(
                        "createServiceAccountToken",
                        call -> create(
                                call,
                                account.apply(call),
                                "/api/v1/service-accounts/" + call.path("name") + "/tokens/"))
                .on("listServiceAccountTokens", call -> list(call, account.apply(call)))
                .on("suspendServiceAccountToken", call -> change(call, account, new SuspendToken()))
                .on("resumeServiceAccountToken", call -> change(call, account, new ResumeToken()))
                .on("revokeServiceAccountToken", call -> change(call, account, new RevokeToken()))
                .on("reportTokenUses", this::used);
    }

    private record Create(
            String label,
            @Nullable List<String> actions,
            @Nullable List<String> resources,
            @Nullable List<String> cidrs,
            @Nullable Instant expiresAt) {

        CreateToken command(String owner, String hash) {
            return new CreateToken(
                    owner,
                    label,
                    hash,
                    actions == null ? List.of("*:*") : actions,
                    resources == null ? List.of("*/*/*") : resources,
                    cidrs == null ? List.of() : cidrs,
                    expiresAt);
        }
    }

    private record Used(String id, Instant usedAt, @Nullable String address) {}

    private record Uses(List<Used> uses) {}

    // Wishes

    /** The token is told now, whether or not its outcome is waited for: it is made of the wish, and kept nowhere. */
    private Future<Reply> create(Call call, String owner, String location) {
        if (owner.equals(call.actor()) && call.caller().limits() != null) {
            // Or a token for little, or for a day, would make one for everything and for ever.
            return Future.failedFuture(new ProblemException(TokenProblems.limited()));
        }
        String value = values.of(call.commandId(), call.actor());
        CreateToken command = call.body(Create.class).command(owner, TokenValues.hash(value));
        check(command);
        Address address = new Address(Actors.PLATFORM, TokenTable.KIND, Ids.of("token", call.commandId()));
        call.require(address);
        return ownerIsActive(owner)
                .compose(ok -> tokens.create(call, address, command, location + address.name()))
                .map(reply -> call.dryRun() ? reply : told(reply, address.name(), value));
    }

    /** The decider says the same; here all faults are told before anything is on the log. */
    private void check(CreateToken command) {
        List<Fault> faults = new ArrayList<>(Patterns.faults(command.actions(), command.resources(), command.cidrs()));
        if (command.expiresAt() != null && !command.expiresAt().isAfter(clock.instant())) {
            faults.add(new Fault("/expiresAt", "must lie in the future"));
        }
        if (!faults.isEmpty()) {
            throw HttpProblems.invalidRequest(faults);
        }
    }

    private static Reply told(Reply reply, String id, String value) {
        if (reply.body() instanceof TokenView view) {
            return new Reply(reply.status(), view.with(value), reply.headers());
        }
        ObjectNode operation = Json.MAPPER.valueToTree(reply.body());
        operation.putObject("token").put("id", id).put("value", value);
        return new Reply(reply.status(), operation, reply.headers());
    }

    /** The operator, and who has only logged in so far, need no row. */
    private Future<Void> ownerIsActive(String owner) {
        if (!Actors.isActor(owner)) {
            return Future.failedFuture(new ProblemException(TokenProblems.noOwner(owner)));
        }
        Address address = Actors.address(owner);
        boolean account = address.kind().equals(Actors.SERVICE_ACCOUNT);
        return database.query(
                        "SELECT state FROM " + (account ? "iam.service_account" : "iam.iam_user")
                                + " WHERE domain = ? AND name = ?",
                        address.domain(),
                        address.name())
                .compose(rows -> {
                    boolean fine = rows.size() == 0
                            ? !account
                            : rows.iterator().next().getString("state").equals("active");
                    return fine
                            ? Future.succeededFuture()
                            : Future.failedFuture(new ProblemException(TokenProblems.noOwner(owner)));
                });
    }

    private Future<Reply> change(Call call, Function<Call, String> owner, TokenCommand command) {
        return owned(call, owner, address -> {
            Actor.Limits limits = call.caller().limits();
            return limits == null || limits.cover("token:manage", address)
                    ? tokens.change(call, address, command)
                    : Future.failedFuture(new ProblemException(TokenProblems.limited()));
        });
    }

    /** A token of somebody else is not there. */
    private Future<Reply> owned(Call call, Function<Call, String> owner, Function<Address, Future<Reply>> then) {
        Address address = new Address(Actors.PLATFORM, TokenTable.KIND, call.path("tokenId"));
        return listing.one(address).compose(at -> {
            boolean theirs = at.value()
                    .filter(stored -> stored.state().owner().equals(owner.apply(call)))
                    .isPresent();
            return theirs
                    ? then.apply(address)
                    : Future.failedFuture(new ProblemException(TokenProblems.notFound(address.name())));
        });
    }

    // Reads

    private Future<Reply> list(Call call, String owner) {
        Where<Token> where = Where.<Token>all()
                .and("owner = ?", List.of(owner), token -> token.owner().equals(owner));
        String state = call.query("state").orElse(null);
        if (state != null) {
            where = where.and(
                    "state = ?", List.of(state), token -> token.state().label().equals(state));
        }
        return tokens.list(call, Actors.PLATFORM, listing.where(where));
    }

    private Future<Reply> used(Call call) {
        call.body(Uses.class)
                .uses()
                .forEach(use -> uses.used(use.id(), new TokenUses.Use(use.usedAt(), use.address())));
        return Future.succeededFuture(Reply.noContent());
    }
}
