package io.fjord.contract.catalog.asset;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to what people say of a table, view, column or namespace. */
public sealed interface AssetEvent {

    <R> R match(Cases<R> cases);

    record AssetDescribed(@Nullable String description) implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record OwnersChanged(List<String> owners) implements AssetEvent {
        public OwnersChanged {
            owners = List.copyOf(owners);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record TagsChanged(List<String> added, List<String> removed) implements AssetEvent {
        public TagsChanged {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record TermsChanged(List<String> added, List<String> removed) implements AssetEvent {
        public TermsChanged {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record AssetDeprecated(String note, @Nullable String replacement, Instant since) implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record DeprecationEnded() implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClassificationRequested(
            String request, String classification, @Nullable String reason, String by, Instant at)
            implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClassificationReviewed(
            String request, boolean recommended, @Nullable String comment, String by, Instant at)
            implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** It holds from now on. */
    record ClassificationApproved(
            String request, String classification, @Nullable String comment, String by, Instant at)
            implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClassificationRejected(String request, @Nullable String comment, String by, Instant at)
            implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClassificationWithdrawn(String request) implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClassificationRemoved(String classification) implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * The table, view or column goes by another name: what was said of it is said there, and nothing here any more.
     *
     * @param to address of the entry it is now
     */
    record NotesMovedAway(String to) implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * The table, view or column went by another name before. All that is said of it from now on; what was said of an earlier one
     * of this name is not said of this one.
     *
     * @param from address of the entry it was
     */
    record NotesMovedHere(String from, Notes notes) implements AssetEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(AssetDescribed event);

        R on(OwnersChanged event);

        R on(TagsChanged event);

        R on(TermsChanged event);

        R on(AssetDeprecated event);

        R on(DeprecationEnded event);

        R on(ClassificationRequested event);

        R on(ClassificationReviewed event);

        R on(ClassificationApproved event);

        R on(ClassificationRejected event);

        R on(ClassificationWithdrawn event);

        R on(ClassificationRemoved event);

        R on(NotesMovedAway event);

        R on(NotesMovedHere event);
    }
}
