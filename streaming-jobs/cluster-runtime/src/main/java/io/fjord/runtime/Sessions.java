package io.fjord.runtime;

import java.util.Collection;

/** The sessions that are open at one of the driver's doors. */
public interface Sessions {

    Collection<SessionOwner> owners();

    /** Closes those of somebody, with all that runs in them. */
    void close(SessionOwner owner);
}
