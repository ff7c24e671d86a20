package io.fjord.contract.catalog.catalog;

import org.jspecify.annotations.Nullable;

/** All that can be wished of a catalog; the keys to its storage are in the vault and never in a message. */
public sealed interface CatalogCommand {

    <R> R match(Cases<R> cases);

    /**
     * @param location below which its files are: {@code s3://bucket/folder/}
     * @param secretRef vault row with the keys to the storage; null for the platform's own
     * @param keepDroppedSeconds how long a dropped table can be had back; null for the platform's default
     */
    record CreateCatalog(
            Storage storage,
            String location,
            @Nullable String secretRef,
            @Nullable Long keepDroppedSeconds,
            @Nullable String description)
            implements CatalogCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * What is null stays as it is.
     *
     * @param isProtected whether it is not to be deleted
     */
    record ChangeCatalog(
            @Nullable Storage storage,
            @Nullable String secretRef,
            @Nullable Long keepDroppedSeconds,
            @Nullable String description,
            @Nullable Boolean isProtected)
            implements CatalogCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Only if there is nothing in it. */
    record DeleteCatalog() implements CatalogCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Nothing can be written to its storage; seen by the probe. */
    record ReportStorageBroken(String reason) implements CatalogCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Its storage takes and gives files; seen by the probe. */
    record ReportStorageWorking() implements CatalogCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateCatalog command);

        R on(ChangeCatalog command);

        R on(DeleteCatalog command);

        R on(ReportStorageBroken command);

        R on(ReportStorageWorking command);
    }
}
