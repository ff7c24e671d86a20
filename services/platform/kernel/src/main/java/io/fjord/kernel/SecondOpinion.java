package io.fjord.kernel;

import io.vertx.core.Future;
import java.util.List;

/** Decides, too, whether what our own rules allow may be done; one that cannot be had is a no. */
@FunctionalInterface
public interface SecondOpinion {

    /** @return for each, in their order, whether it may; never fails */
    Future<List<Boolean>> of(List<AccessRequest> requests);
}
