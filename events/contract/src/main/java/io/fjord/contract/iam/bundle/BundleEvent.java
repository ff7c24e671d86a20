package io.fjord.contract.iam.bundle;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to resources that are granted together; its address is {@code <domain>/bundle/<name>}. */
public sealed interface BundleEvent {

    <R> R match(Cases<R> cases);

    record BundleCreated(String id, @Nullable String description, List<String> resources, Instant createdAt)
            implements BundleEvent {
        public BundleCreated {
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ResourcesAdded(List<String> resources) implements BundleEvent {
        public ResourcesAdded {
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ResourcesRemoved(List<String> resources) implements BundleEvent {
        public ResourcesRemoved {
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record BundleDeleted() implements BundleEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(BundleCreated event);

        R on(ResourcesAdded event);

        R on(ResourcesRemoved event);

        R on(BundleDeleted event);
    }
}
