package io.fjord.launcher.kill;

import static org.awaitility.Awaitility.await;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.RESTException;
import org.apache.iceberg.exceptions.ServiceFailureException;
import org.apache.iceberg.exceptions.ServiceUnavailableException;
import org.apache.iceberg.rest.RESTClient;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Iceberg's client of REST catalogs as it is to be with idempotency keys: when it does not know what became of a commit, it asks
 * again under the same key until it does; and now and then though it knows, as one does whose answer was lost on the way.
 */
final class RepeatingClient {

    /** Of which one is repeated after it was acknowledged. */
    private static final int REPEATED = 6;

    private final Random random;
    private final Consumer<String> odd;

    /** @param odd told of what no client should ever see */
    RepeatingClient(long seed, Consumer<String> odd) {
        this.random = new Random(seed);
        this.odd = odd;
    }

    RESTClient around(RESTClient real) {
        return (RESTClient) Proxy.newProxyInstance(
                RESTClient.class.getClassLoader(), new Class<?>[] {RESTClient.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("withAuthSession")) {
                        return around(
                                (RESTClient) tried(real, method, arguments).orThrow());
                    }
                    return method.getName().equals("post") && isCommit((String) arguments[0])
                            ? commit(real, method, arguments)
                            : tried(real, method, arguments).orThrow();
                });
    }

    private static boolean isCommit(String path) {
        return path.matches(".*/tables/[^/]+") || path.endsWith("/transactions/commit");
    }

    private record Outcome(
            @Nullable Object answer, @Nullable Throwable failure) {

        boolean isUnknown() {
            return failure instanceof CommitStateUnknownException
                    || failure instanceof ServiceFailureException
                    || failure instanceof ServiceUnavailableException
                    // Nobody was there, or who was has died.
                    || (failure != null && failure.getClass() == RESTException.class);
        }

        @Nullable
        Object orThrow() throws Throwable {
            if (failure != null) {
                throw failure;
            }
            return answer;
        }
    }

    private static Outcome tried(RESTClient real, Method method, Object @Nullable [] arguments)
            throws IllegalAccessException {
        try {
            return new Outcome(method.invoke(real, arguments), null);
        } catch (InvocationTargetException e) {
            return new Outcome(null, e.getTargetException());
        }
    }

    private @Nullable Object commit(RESTClient real, Method method, Object[] arguments) throws Throwable {
        Object[] same = underOneKey(arguments);
        Outcome[] last = new Outcome[1];
        try {
            await("an answer from " + arguments[0])
                    .atMost(KillablePlatform.PATIENCE)
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> {
                        last[0] = tried(real, method, same);
                        return !last[0].isUnknown();
                    });
        } catch (ConditionTimeoutException e) {
            odd.accept("Nobody could tell what became of a commit to " + arguments[0] + ": " + last[0].failure());
        }
        if (last[0].failure() == null && again()) {
            Outcome replayed = tried(real, method, same);
            if (replayed.failure() != null && !replayed.isUnknown()) {
                odd.accept("A commit to " + arguments[0] + " was acknowledged and then refused under the same key: "
                        + replayed.failure());
            }
        }
        return last[0].orThrow();
    }

    private synchronized boolean again() {
        return random.nextInt(REPEATED) == 0;
    }

    /** The client makes a new key at each call. */
    private static Object[] underOneKey(Object[] arguments) {
        Object[] same = arguments.clone();
        for (int i = 0; i < same.length; i++) {
            if (same[i] instanceof Supplier<?> headers) {
                Object made = headers.get();
                if (!(made instanceof Map<?, ?> named) || !named.containsKey("Idempotency-Key")) {
                    throw new IllegalStateException("The client sends no Idempotency-Key: " + made);
                }
                same[i] = (Supplier<Object>) () -> made;
            }
        }
        return same;
    }
}
