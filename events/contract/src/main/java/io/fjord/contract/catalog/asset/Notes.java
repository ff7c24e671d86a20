package io.fjord.contract.catalog.asset;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that people say of one thing: of a namespace, table, view or column.
 *
 * @param description Markdown
 * @param requests for classifications that are not decided yet
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Notes(
        @Nullable String description,
        List<String> owners,
        List<String> tags,
        List<String> terms,
        List<Classification> classifications,
        List<Request> requests,
        @Nullable Deprecation deprecation) {

    public static final Notes NONE = new Notes(null, List.of(), List.of(), List.of(), List.of(), List.of(), null);

    public Notes {
        owners = List.copyOf(owners);
        tags = List.copyOf(tags);
        terms = List.copyOf(terms);
        classifications = List.copyOf(classifications);
        requests = List.copyOf(requests);
    }

    /** One that holds. */
    public record Classification(String name, String requestedBy, String approvedBy, Instant approvedAt) {}

    /** One somebody asked for. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Request(
            String id,
            String classification,
            @Nullable String reason,
            String by,
            Instant at,
            @Nullable Review review) {

        public Request reviewed(Review said) {
            return new Request(id, classification, reason, by, at, said);
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Review(boolean recommended, @Nullable String comment, String by, Instant at) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Deprecation(String note, @Nullable String replacement, Instant since) {}

    public Optional<Request> request(String id) {
        return requests.stream().filter(one -> one.id().equals(id)).findFirst();
    }

    public boolean isClassified(String name) {
        return classifications.stream().anyMatch(one -> one.name().equals(name));
    }

    public Notes description(@Nullable String other) {
        return new Notes(other, owners, tags, terms, classifications, requests, deprecation);
    }

    public Notes owners(List<String> others) {
        return new Notes(description, others, tags, terms, classifications, requests, deprecation);
    }

    public Notes tags(List<String> others) {
        return new Notes(description, owners, others, terms, classifications, requests, deprecation);
    }

    public Notes terms(List<String> others) {
        return new Notes(description, owners, tags, others, classifications, requests, deprecation);
    }

    public Notes classifications(List<Classification> others) {
        return new Notes(description, owners, tags, terms, others, requests, deprecation);
    }

    public Notes requests(List<Request> others) {
        return new Notes(description, owners, tags, terms, classifications, others, deprecation);
    }

    public Notes deprecation(@Nullable Deprecation other) {
        return new Notes(description, owners, tags, terms, classifications, requests, other);
    }
}
