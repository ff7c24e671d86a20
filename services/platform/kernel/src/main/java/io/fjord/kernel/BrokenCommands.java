package io.fjord.kernel;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** The commands of a service that could not be read or decided, kept to be looked at and wished once more. */
public interface BrokenCommands {

    /** The last ones, newest first. */
    Future<List<DeadLetter>> list(String service, int limit);

    /** @param id {@code <partition>-<offset>} on the service's command topic */
    Future<Optional<DeadLetter>> get(String service, String id);
}
