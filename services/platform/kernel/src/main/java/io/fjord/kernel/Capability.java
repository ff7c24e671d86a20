package io.fjord.kernel;

import io.fjord.codec.MessageTypes;
import java.util.List;

/** The table of contents of one folder of behaviour: what a service installs to have it. */
public interface Capability {

    /** The messages it owns. */
    void register(MessageTypes types);

    /** What it decides on; empty for views. */
    default List<Aggregate<?, ?, ?>> aggregates() {
        return List.of();
    }
}
