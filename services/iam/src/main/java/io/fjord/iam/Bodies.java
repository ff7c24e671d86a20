package io.fjord.iam;

import io.fjord.platform.http.Call;
import java.util.Optional;

/** Bodies that may be left out. */
public final class Bodies {

    private Bodies() {}

    public static <T> Optional<T> optional(Call call, Class<T> shape) {
        return call.body().length() == 0 ? Optional.empty() : Optional.of(call.body(shape));
    }
}
