package io.fjord.catalog.asset;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.asset.AssetCommand;
import io.fjord.contract.catalog.asset.AssetCommand.ApproveClassification;
import io.fjord.contract.catalog.asset.AssetCommand.ChangeTags;
import io.fjord.contract.catalog.asset.AssetCommand.DeprecateAsset;
import io.fjord.contract.catalog.asset.AssetCommand.DescribeAsset;
import io.fjord.contract.catalog.asset.AssetCommand.EndDeprecation;
import io.fjord.contract.catalog.asset.AssetCommand.RejectClassification;
import io.fjord.contract.catalog.asset.AssetCommand.RemoveClassification;
import io.fjord.contract.catalog.asset.AssetCommand.RequestClassification;
import io.fjord.contract.catalog.asset.AssetCommand.ReviewClassification;
import io.fjord.contract.catalog.asset.AssetCommand.WithdrawClassification;
import io.fjord.contract.catalog.asset.AssetEvent;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.asset.Notes;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AssetDeciderTest {

    private static final Address ORDERS = new AssetName("table", "default.sales.orders", null).in("default");
    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");

    private final AssetDecider decider = new AssetDecider();
    private Asset orders = new Asset(ORDERS, true, Notes.NONE);

    private Decision<AssetEvent> decide(String actor, AssetCommand command) {
        return decider.decide(command, orders, new Context(NOW, () -> "r1", actor, Quota.unlimited("default")));
    }

    private void accepted(String actor, AssetCommand command) {
        Decision<AssetEvent> decision = decide(actor, command);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        ((Decision.Accepted<AssetEvent>) decision).events().forEach(event -> orders = decider.evolve(orders, event));
    }

    private void refused(String actor, AssetCommand command, String slug) {
        Decision<AssetEvent> decision = decide(actor, command);
        assertThat(decision).isInstanceOf(Decision.Rejected.class);
        assertThat(((Decision.Rejected<AssetEvent>) decision).problem().type()).endsWith("/" + slug);
    }

    @Test
    void nothing_is_said_of_what_is_not_there() {
        orders = Asset.unsaid(ORDERS);
        refused("user:ana", new DescribeAsset("x"), "asset-not-found");
    }

    @Test
    void tags_come_and_go() {
        accepted("user:ana", new ChangeTags(List.of("raw", "daily"), List.of()));
        accepted("user:ana", new ChangeTags(List.of("clean"), List.of("raw", "never-there")));
        assertThat(orders.notes().tags()).containsExactly("clean", "daily");
        assertThat(decide("user:ana", new ChangeTags(List.of("clean"), List.of("raw"))))
                .isInstanceOf(Decision.NoEffect.class);
        refused(
                "user:ana",
                new ChangeTags(IntStream.range(0, 99).mapToObj(i -> "t" + i).toList(), List.of()),
                "asset-full");
    }

    @Test
    void a_classification_takes_two_people_and_a_review() {
        accepted("user:ana", new RequestClassification("pii.email", "customers"));
        refused("user:bo", new RequestClassification("pii.email", null), "classification-requested-already");
        refused("user:ana", new ReviewClassification("r1", true, null), "classification-own-request");
        refused("user:bo", new ApproveClassification("r1", null), "classification-not-reviewed");
        accepted("user:bo", new ReviewClassification("r1", true, "looks right"));
        refused("user:ana", new ApproveClassification("r1", null), "classification-own-request");
        assertThat(orders.notes().classifications()).isEmpty();
        accepted("user:bo", new ApproveClassification("r1", null));

        assertThat(orders.notes().requests()).isEmpty();
        assertThat(orders.notes().classifications())
                .containsExactly(new Notes.Classification("pii.email", "user:ana", "user:bo", NOW));
        assertThat(decide("user:ana", new RequestClassification("pii.email", null)))
                .isInstanceOf(Decision.NoEffect.class);
        accepted("user:bo", new RemoveClassification("pii.email"));
        refused("user:bo", new RemoveClassification("pii.email"), "asset-not-classified");
    }

    @Test
    void a_request_is_withdrawn_by_who_made_it_and_rejected_by_others() {
        accepted("user:ana", new RequestClassification("secret", null));
        refused("user:ana", new RejectClassification("r1", null), "classification-own-request");
        refused("user:bo", new WithdrawClassification("r1"), "classification-request-not-yours");
        accepted("user:ana", new WithdrawClassification("r1"));
        accepted("user:ana", new RequestClassification("secret", null));
        accepted("user:bo", new RejectClassification("r1", "it is not"));
        refused("user:bo", new RejectClassification("r1", null), "classification-request-not-found");
    }

    @Test
    void what_is_deprecated_may_be_used_again() {
        accepted("user:ana", new DeprecateAsset("use the other", "default/table/default.sales.orders2"));
        assertThat(orders.notes().deprecation()).isNotNull();
        accepted("user:ana", new EndDeprecation());
        assertThat(decide("user:ana", new EndDeprecation())).isInstanceOf(Decision.NoEffect.class);
    }

    @Test
    void the_address_of_a_column_holds_that_of_its_table() {
        AssetName column = new AssetName("table", "default.a/b~c.t", "x/y.z");
        assertThat(AssetName.of(column.in("default"))).isEqualTo(column);
        assertThat(AssetName.thing(column.in("default"))).isEqualTo(new Address("default", "table", "default.a/b~c.t"));
    }
}
