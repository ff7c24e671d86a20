package io.fjord.contract.catalog.asset;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of what people say of a table, view, column or namespace; see {@link AssetName} for its address. */
public sealed interface AssetCommand {

    <R> R match(Cases<R> cases);

    /** @param description Markdown; null takes it away */
    record DescribeAsset(@Nullable String description) implements AssetCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param owners users, groups or service accounts, as {@code user:ana}; empty for none */
    record ChangeOwners(List<String> owners) implements AssetCommand {
        public ChangeOwners {
            owners = List.copyOf(owners);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ChangeTags(List<String> add, List<String> remove) implements AssetCommand {
        public ChangeTags {
            add = List.copyOf(add);
            remove = List.copyOf(remove);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param add names of terms of the glossary of its domain */
    record ChangeTerms(List<String> add, List<String> remove) implements AssetCommand {
        public ChangeTerms {
            add = List.copyOf(add);
            remove = List.copyOf(remove);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * @param note why, and what to do
     * @param replacement address of what to use instead: {@code default/table/default.sales.orders}
     */
    record DeprecateAsset(String note, @Nullable String replacement) implements AssetCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record EndDeprecation() implements AssetCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Asks for a classification as {@code pii.email}; it holds when somebody else has approved it. */
    record RequestClassification(
            String classification, @Nullable String reason) implements AssetCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param request id of the request */
    record ReviewClassification(
            String request, boolean recommended, @Nullable String comment) implements AssetCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ApproveClassification(String request, @Nullable String comment) implements AssetCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record RejectClassification(String request, @Nullable String comment) implements AssetCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** By who asked for it. */
    record WithdrawClassification(String request) implements AssetCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record RemoveClassification(String classification) implements AssetCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(DescribeAsset command);

        R on(ChangeOwners command);

        R on(ChangeTags command);

        R on(ChangeTerms command);

        R on(DeprecateAsset command);

        R on(EndDeprecation command);

        R on(RequestClassification command);

        R on(ReviewClassification command);

        R on(ApproveClassification command);

        R on(RejectClassification command);

        R on(WithdrawClassification command);

        R on(RemoveClassification command);
    }
}
