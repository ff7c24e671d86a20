package io.fjord.iam.scim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.scim2.common.filters.Filter;
import com.unboundid.scim2.common.filters.FilterType;
import io.fjord.contract.Address;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Thing;
import io.fjord.platform.http.Call;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One of SCIM's resource types, on top of things of ours. */
interface ScimKind<S extends Thing> {

    /** {@code Users} */
    String endpoint();

    /** {@code User} */
    String name();

    String schema();

    /** The middle of their addresses. */
    String kind();

    /** Whether it is there, as SCIM sees it. */
    boolean shown(S state);

    /** Its attributes but those all resources have. */
    void attributes(S state, ObjectNode to);

    /** What the database can be asked of {@code attribute eq "value"}. */
    Where<S> narrowed(String attribute, String value);

    /** Where a new one will live. */
    Address fresh(Call call, ObjectNode wanted);

    /** Fails if it cannot become so. */
    Future<List<Object>> creating(Address address, ObjectNode wanted);

    /** The commands that make it what is wanted; none if it is so already. */
    Future<List<Object>> changing(S state, ObjectNode wanted);

    List<Object> removing();

    default String location(Address address) {
        return Scim.BASE + "/" + endpoint() + "/" + address.name();
    }

    static String version(Stored<?> stored) {
        return "W/\"" + stored.version() + "\"";
    }

    default ObjectNode json(Stored<S> stored, String created) {
        ObjectNode json = Scim.MAPPER.createObjectNode();
        json.putArray("schemas").add(schema());
        json.put("id", stored.state().address().name());
        attributes(stored.state(), json);
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("resourceType", name());
        meta.put("created", created);
        meta.put("location", location(stored.state().address()));
        meta.put("version", version(stored));
        json.set("meta", Scim.MAPPER.valueToTree(meta));
        return json;
    }

    String created(S state);

    /** The part of a filter that a database can be asked: one comparison, or those of a conjunction. */
    default Where<S> where(Optional<Filter> filter) {
        return filter.filter(one -> one.getFilterType() == FilterType.EQUAL
                        && one.getAttributePath().size() == 1
                        && one.getComparisonValue().isTextual())
                .map(one -> narrowed(
                        one.getAttributePath().getElement(0).getAttribute().toLowerCase(java.util.Locale.ROOT),
                        one.getComparisonValue().textValue()))
                .orElseGet(Where::all);
    }
}
