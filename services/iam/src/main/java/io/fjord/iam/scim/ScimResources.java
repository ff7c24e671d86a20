package io.fjord.iam.scim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.scim2.common.Path;
import com.unboundid.scim2.common.exceptions.BadRequestException;
import com.unboundid.scim2.common.exceptions.ResourceNotFoundException;
import com.unboundid.scim2.common.exceptions.ScimException;
import com.unboundid.scim2.common.filters.Filter;
import com.unboundid.scim2.common.messages.PatchOperation;
import com.unboundid.scim2.common.messages.PatchRequest;
import com.unboundid.scim2.common.utils.FilterEvaluator;
import com.unboundid.scim2.common.utils.JsonUtils;
import io.fjord.contract.Address;
import io.fjord.iam.Actors;
import io.fjord.iam.Parts;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Thing;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.Listing;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The resources of one type: found, made, replaced, patched and taken away (RFC 7644 §3). */
final class ScimResources<S extends Thing> {

    static final int MOST_RESULTS = 1_000;

    private static final int USUAL_RESULTS = 100;
    private static final int MOST_LOOKED_AT = 200_000;
    private static final int MOST_TRIES = 5;
    private static final String LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    private static final Set<String> ALWAYS = Set.of("schemas", "id", "meta");

    private final ScimKind<S> kind;
    private final Listing<S> listing;
    private final ScimWishes wishes;

    ScimResources(Parts parts, ScimKind<S> kind, Listing<S> listing) {
        this.kind = kind;
        this.listing = listing;
        this.wishes = new ScimWishes(parts);
    }

    // Reads

    Future<Reply> get(Call call) {
        return one(address(call)).map(stored -> reply(call, 200, stored));
    }

    /** Filters, sorts and pages (from 1) what its reader may read. */
    Future<Reply> list(Call call) {
        Optional<Filter> filter = call.query("filter").map(text -> Scim.ask(() -> Filter.fromString(text)));
        Optional<Comparator<ObjectNode>> order = order(call);
        int start = Math.max(1, number(call, "startIndex", 1));
        int count = Math.min(MOST_RESULTS, Math.max(0, number(call, "count", USUAL_RESULTS)));
        Predicate<Address> readable = call.those();
        return listing.where(kind.where(filter))
                .first(Actors.PLATFORM, MOST_LOOKED_AT)
                .map(at -> {
                    List<ObjectNode> found = at.value().stream()
                            .filter(stored -> kind.shown(stored.state()))
                            .filter(stored -> readable.test(stored.state().address()))
                            .map(this::json)
                            .filter(json ->
                                    filter.isEmpty() || Scim.ask(() -> FilterEvaluator.evaluate(filter.get(), json)))
                            .toList();
                    List<ObjectNode> page = order.map(by -> found.stream().sorted(by))
                            .orElseGet(found::stream)
                            .skip(start - 1L)
                            .limit(count)
                            .map(json -> shown(call, json))
                            .toList();
                    Map<String, Object> answer = new LinkedHashMap<>();
                    answer.put("schemas", List.of(LIST));
                    answer.put("totalResults", found.size());
                    answer.put("startIndex", start);
                    answer.put("itemsPerPage", page.size());
                    answer.put("Resources", page);
                    return Scim.reply(200, answer).position("iam", at.position());
                });
    }

    private static Optional<Comparator<ObjectNode>> order(Call call) {
        return call.query("sortBy").map(text -> {
            Path path = Scim.ask(() -> Path.fromString(text));
            // Who has no such attribute comes last, and first when it goes down (RFC 7644 §3.4.2.3).
            Comparator<ObjectNode> up =
                    Comparator.comparing(json -> first(path, json), Comparator.nullsLast(String::compareTo));
            return call.query("sortOrder").orElse("ascending").equalsIgnoreCase("descending") ? up.reversed() : up;
        });
    }

    private static @Nullable String first(Path path, ObjectNode json) {
        JsonNode value = Scim.ask(() -> JsonUtils.getValue(path, json));
        return value.isMissingNode() || value.isNull() || value.isEmpty() && value.isContainerNode()
                ? null
                : value.asText().toLowerCase(Locale.ROOT);
    }

    private static int number(Call call, String name, int otherwise) {
        try {
            return call.query(name).map(Integer::parseInt).orElse(otherwise);
        } catch (NumberFormatException e) {
            throw Scim.invalidValue(name + " must be a whole number");
        }
    }

    // Changes

    Future<Reply> create(Call call) {
        ObjectNode wanted = Scim.body(call);
        Address address = kind.fresh(call, wanted);
        call.require(address);
        return kind.creating(address, wanted)
                .compose(commands -> wishes.send(call, address, commands, null))
                .compose(position -> listing.one(address, Optional.of(position)))
                .map(at -> reply(call, 201, at.value().orElseThrow(() -> missing(address)))
                        .header("Location", kind.location(address)));
    }

    Future<Reply> replace(Call call) {
        ObjectNode wanted = Scim.body(call);
        return change(call, json -> wanted, 1);
    }

    Future<Reply> patch(Call call) {
        PatchRequest patch = patchOf(call);
        return change(call, json -> patched(json, patch), 1);
    }

    private static PatchRequest patchOf(Call call) {
        ObjectNode body = Scim.body(call);
        // Some write 'Add' and 'Replace'.
        body.path("Operations").forEach(operation -> {
            if (operation instanceof ObjectNode object && object.path("op").isTextual()) {
                object.put("op", object.path("op").textValue().toLowerCase(Locale.ROOT));
            }
        });
        try {
            return JsonUtils.getObjectReader().forType(PatchRequest.class).readValue(body);
        } catch (JsonProcessingException e) {
            throw new Scim.Refused(
                    BadRequestException.invalidSyntax("The patch cannot be read: " + e.getOriginalMessage()));
        } catch (java.io.IOException e) {
            throw new IllegalStateException("A patch in memory cannot be read", e);
        }
    }

    private static ObjectNode patched(ObjectNode json, PatchRequest patch) {
        for (PatchOperation operation : patch.getOperations()) {
            Scim.ask(() -> {
                operation.apply(json);
                return json;
            });
        }
        return json;
    }

    private interface Change {
        ObjectNode of(ObjectNode json);
    }

    /** Made of what was read, so only right as long as it has not changed: then it is made again, unless the caller demands a version. */
    private Future<Reply> change(Call call, Change change, int tries) {
        Address address = address(call);
        Long demanded = Scim.ifMatch(call);
        return one(address)
                .compose(stored -> kind.changing(stored.state(), change.of(json(stored)))
                        .compose(commands -> {
                            if (demanded != null && demanded != stored.version()) {
                                throw new Scim.Refused(
                                        new ScimException(412, "It is at version " + stored.version() + " by now"));
                            }
                            return commands.isEmpty()
                                    ? Future.succeededFuture(stored)
                                    : wishes.send(call, address, commands, stored.version())
                                            .compose(position -> listing.one(address, Optional.of(position)))
                                            .map(at -> at.value().orElseThrow(() -> missing(address)));
                        })
                        .map(now -> reply(call, 200, now))
                        .recover(failure -> demanded == null && tries < MOST_TRIES && isMismatch(failure)
                                ? change(call, change, tries + 1)
                                : Future.failedFuture(failure)));
    }

    private static boolean isMismatch(Throwable failure) {
        return failure instanceof ProblemException refused
                && refused.problem().slug().equals("version-mismatch");
    }

    Future<Reply> delete(Call call) {
        Address address = address(call);
        Long demanded = Scim.ifMatch(call);
        return one(address)
                .compose(stored -> wishes.send(call, address, kind.removing(), demanded))
                .map(position -> Reply.noContent().position("iam", position));
    }

    // Parts

    private Address address(Call call) {
        return new Address(Actors.PLATFORM, kind.kind(), call.path("id"));
    }

    private Future<Stored<S>> one(Address address) {
        return listing.one(address)
                .map(at ->
                        at.value().filter(stored -> kind.shown(stored.state())).orElseThrow(() -> missing(address)));
    }

    private Scim.Refused missing(Address address) {
        return new Scim.Refused(
                new ResourceNotFoundException("There is no " + kind.name() + " with the id '" + address.name() + "'"));
    }

    private ObjectNode json(Stored<S> stored) {
        return kind.json(stored, kind.created(stored.state()));
    }

    private Reply reply(Call call, int status, Stored<S> stored) {
        return Scim.reply(status, shown(call, json(stored))).header("ETag", ScimKind.version(stored));
    }

    /** Of its attributes those asked for (RFC 7644 §3.9); whole ones, not parts of them. */
    private static ObjectNode shown(Call call, ObjectNode json) {
        call.query("attributes")
                .map(ScimResources::names)
                .ifPresent(wanted -> json.retain(fields(json).stream()
                        .filter(name -> ALWAYS.contains(name) || wanted.contains(name.toLowerCase(Locale.ROOT)))
                        .toList()));
        call.query("excludedAttributes")
                .map(ScimResources::names)
                .ifPresent(unwanted -> json.remove(fields(json).stream()
                        .filter(name -> !ALWAYS.contains(name) && unwanted.contains(name.toLowerCase(Locale.ROOT)))
                        .toList()));
        return json;
    }

    private static List<String> fields(ObjectNode json) {
        return json.properties().stream().map(Map.Entry::getKey).toList();
    }

    private static Set<String> names(String list) {
        return Arrays.stream(list.split(","))
                .map(name -> name.trim().toLowerCase(Locale.ROOT))
                .map(name -> name.substring(name.lastIndexOf(':') + 1))
                .map(name -> name.replaceAll("\\..*", ""))
                .collect(Collectors.toSet());
    }
}
