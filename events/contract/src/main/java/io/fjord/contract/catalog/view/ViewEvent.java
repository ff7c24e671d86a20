package io.fjord.contract.catalog.view;

import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.EntryName;
import java.util.List;
import java.util.Map;

/** All that can have happened to an Iceberg view. Its SQL stays in its metadata file: it may name people. */
public sealed interface ViewEvent {

    <R> R match(Cases<R> cases);

    /**
     * @param id Iceberg's view UUID: stays when the view is renamed
     * @param metadataLocation the metadata file that is the view from now on
     * @param dialects the SQL dialects it is written in
     */
    record ViewCreated(
            EntryName view,
            String id,
            String location,
            String metadataLocation,
            int versionId,
            List<String> dialects,
            List<Column> columns,
            Map<String, String> properties)
            implements ViewEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** It has another query, or other properties. */
    record ViewReplaced(
            EntryName view,
            String id,
            String metadataLocation,
            String previousMetadataLocation,
            int versionId,
            List<String> dialects,
            List<Column> columns,
            Map<String, String> properties)
            implements ViewEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** The last event under the old name; what follows is told under the new one. */
    record ViewRenamed(EntryName from, EntryName to, String id) implements ViewEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ViewDropped(EntryName view, String id, String metadataLocation) implements ViewEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(ViewCreated event);

        R on(ViewReplaced event);

        R on(ViewRenamed event);

        R on(ViewDropped event);
    }
}
