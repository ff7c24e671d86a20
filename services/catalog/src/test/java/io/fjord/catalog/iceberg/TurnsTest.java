package io.fjord.catalog.iceberg;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurnsTest {

    private final Turns turns = new Turns();
    private final List<String> started = new ArrayList<>();

    private Promise<String> give(String key, String name) {
        Promise<String> promise = Promise.promise();
        Future<String> given = turns.inTurn(key, () -> {
            started.add(name);
            return promise.future();
        });
        assertThat(given.isComplete()).isFalse();
        return promise;
    }

    @Test
    void whatIsOfOneKeyComesInOrderAndOtherKeysDoNotWait() {
        Promise<String> first = give("a", "first");
        Promise<String> second = give("a", "second");
        Promise<String> other = give("b", "other");
        assertThat(started).containsExactly("first", "other");
        first.complete("done");
        assertThat(started).containsExactly("first", "other", "second");
        second.complete("done");
        other.complete("done");
    }

    @Test
    void oneThatFailsLetsTheNextRun() {
        Promise<String> first = give("a", "first");
        give("a", "second");
        first.fail("broken");
        assertThat(started).containsExactly("first", "second");
    }
}
