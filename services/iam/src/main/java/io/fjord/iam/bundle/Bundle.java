package io.fjord.iam.bundle;

import io.fjord.contract.Address;
import io.fjord.contract.iam.bundle.BundleEvent;
import io.fjord.contract.iam.bundle.BundleEvent.BundleCreated;
import io.fjord.contract.iam.bundle.BundleEvent.BundleDeleted;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesAdded;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesRemoved;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resources that are granted together, as its events left them.
 *
 * @param id empty until it was created once; then stable
 * @param resources patterns in the order they came, none twice
 * @param grants how many grants name it; 0 where it was made of events
 */
public record Bundle(
        Address address,
        boolean exists,
        String id,
        @Nullable String description,
        List<String> resources,
        Instant createdAt,
        long grants)
        implements Thing, BundleEvent.Cases<Bundle> {

    static Bundle none(Address address) {
        return new Bundle(address, false, "", null, List.of(), Instant.EPOCH, 0);
    }

    Bundle usedBy(long count) {
        return new Bundle(address, exists, id, description, resources, createdAt, count);
    }

    @Override
    public Bundle on(BundleCreated event) {
        return new Bundle(address, true, event.id(), event.description(), event.resources(), event.createdAt(), grants);
    }

    @Override
    public Bundle on(ResourcesAdded event) {
        List<String> more = new ArrayList<>(resources);
        more.addAll(event.resources());
        return holding(more);
    }

    @Override
    public Bundle on(ResourcesRemoved event) {
        List<String> fewer = new ArrayList<>(resources);
        fewer.removeAll(event.resources());
        return holding(fewer);
    }

    @Override
    public Bundle on(BundleDeleted event) {
        return new Bundle(address, false, id, description, resources, createdAt, grants);
    }

    private Bundle holding(List<String> others) {
        return new Bundle(address, exists, id, description, List.copyOf(others), createdAt, grants);
    }
}
