package io.fjord.contract.iam.bundle;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of resources that are granted together; its address is {@code <domain>/bundle/<name>}. */
public sealed interface BundleCommand {

    <R> R match(Cases<R> cases);

    /**
     * @param resources patterns like {@code default/cluster/etl-*}
     */
    record CreateBundle(@Nullable String description, List<String> resources) implements BundleCommand {
        public CreateBundle {
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record AddResources(List<String> resources) implements BundleCommand {
        public AddResources {
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record RemoveResources(List<String> resources) implements BundleCommand {
        public RemoveResources {
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record DeleteBundle() implements BundleCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateBundle command);

        R on(AddResources command);

        R on(RemoveResources command);

        R on(DeleteBundle command);
    }
}
