package io.fjord.webhooks.egress;

import io.fjord.contract.Networks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where deliveries may go. A name is resolved here, all its addresses are looked at, and the connection is made to one that was:
 * what the name means a moment later is of no account, so rebinding leads nowhere.
 */
public final class Destinations {

    private static final Pattern DOTTED = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final Pattern ENDS_IN_A_NUMBER = Pattern.compile("(.*\\.)?([0-9]+|0x[0-9a-f]*)");
    private static final int LONGEST = 2_000;
    private static final long REMEMBERED_NANOS = Duration.ofSeconds(10).toNanos();
    private static final int MOST_REMEMBERED = 1_000;
    private static final long PATIENCE_SECONDS = 10;

    private final WorkerExecutor worker;
    private final Networks networks;
    private final boolean clearText;
    private final Resolver resolver;
    private final Map<String, Remembered> remembered = new Few<>();
    private final Map<String, URI> wellWritten = new Few<>();

    /** The oldest goes when there are too many. */
    private static final class Few<V> extends LinkedHashMap<String, V> {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > MOST_REMEMBERED;
        }
    }

    private record Remembered(List<InetAddress> addresses, long until) {}

    /** What names mean. */
    @FunctionalInterface
    public interface Resolver {
        List<InetAddress> resolve(String host) throws UnknownHostException;

        static Resolver system() {
            return host -> List.of(InetAddress.getAllByName(host));
        }
    }

    /** Nothing may be sent there; says why. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * A destination whose address was looked at.
     *
     * @param host the name, which the certificate must have and the request names
     * @param address what is connected to
     * @param path with the query
     */
    public record Checked(boolean tls, String host, int port, InetAddress address, String path) {}

    /** @param clearText whether {@code http://} will do, as for developers */
    public Destinations(Vertx vertx, Networks networks, boolean clearText, Resolver resolver) {
        this.worker = vertx.createSharedWorkerExecutor("fjord-names", 8, 1, TimeUnit.MINUTES);
        this.networks = networks;
        this.clearText = clearText;
        this.resolver = resolver;
    }

    /** What is wrong with a URL as it is written; empty if nothing is. Nobody is asked what its name means. */
    public Optional<String> fault(String url) {
        try {
            URI unused = read(url);
            return Optional.empty();
        } catch (Refused e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    private URI read(String url) {
        if (url.length() > LONGEST) {
            throw new Refused("must have " + LONGEST + " characters at most");
        }
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new Refused("must be a URL, https://host/path");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !(clearText && scheme.equals("http"))) {
            throw new Refused(clearText ? "must begin with https:// or http://" : "must begin with https://");
        }
        // Null where the authority is none that RFC 3986 knows: what others may read in it is not guessed.
        String host = uri.getHost();
        if (host == null) {
            throw new Refused("must name a host, as https://hooks.example.org/path does");
        }
        if (uri.getRawUserInfo() != null) {
            throw new Refused("must not hold a user or password; use a header");
        }
        if (uri.getRawFragment() != null) {
            throw new Refused("must have no fragment");
        }
        if (uri.getPort() == 0 || uri.getPort() > 65_535) {
            throw new Refused("must have a port from 1 to 65535, or none");
        }
        if (!host.startsWith("[")) {
            String name = bare(host);
            if (ENDS_IN_A_NUMBER.matcher(name).matches()
                    && !DOTTED.matcher(name).matches()) {
                throw new Refused("must write an address as four decimal numbers");
            }
            if (!NAME.matcher(name).matches() || name.length() > 253) {
                throw new Refused("must name a host in letters, digits and dashes");
            }
        } else if (host.indexOf('%') >= 0) {
            throw new Refused("must not name a zone");
        }
        return uri;
    }

    /** Lower-case, without the dot of the root. */
    private static String bare(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /** @return fails with {@link Refused} if nothing may be sent there, or {@link UnknownHostException} */
    public Future<Checked> check(String url) {
        URI uri;
        try {
            uri = readOnce(url);
        } catch (Refused e) {
            return Future.failedFuture(e);
        }
        String host = uri.getHost().startsWith("[") ? uri.getHost() : bare(uri.getHost());
        List<InetAddress> known = known(host);
        return (known != null ? Future.succeededFuture(known) : resolved(host))
                .map(addresses -> checked(uri, host, addresses));
    }

    /** What is written in a URL does not change, and it is asked for with each delivery. */
    private synchronized URI readOnce(String url) {
        URI known = wellWritten.get(url);
        if (known == null) {
            known = read(url);
            wellWritten.put(url, known);
        }
        return known;
    }

    private synchronized @Nullable List<InetAddress> known(String host) {
        Remembered found = remembered.get(host);
        return found == null || found.until() - System.nanoTime() < 0 ? null : found.addresses();
    }

    private Future<List<InetAddress>> resolved(String host) {
        return worker.executeBlocking(() -> resolver.resolve(host), false)
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .onSuccess(addresses -> remember(host, addresses));
    }

    private synchronized void remember(String host, List<InetAddress> addresses) {
        remembered.put(host, new Remembered(addresses, System.nanoTime() + REMEMBERED_NANOS));
    }

    /** One address that may not be reached is enough: a name that means both is nobody's honest endpoint. */
    private Checked checked(URI uri, String host, List<InetAddress> addresses) {
        for (InetAddress address : addresses) {
            networks.refusal(address).ifPresent(why -> {
                throw new Refused("'" + host + "' may not be reached: " + why);
            });
        }
        if (addresses.isEmpty()) {
            throw new Refused("'" + host + "' has no address");
        }
        boolean tls = uri.getScheme().equalsIgnoreCase("https");
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return new Checked(
                tls,
                host,
                uri.getPort() < 0 ? (tls ? 443 : 80) : uri.getPort(),
                addresses.get(0),
                uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
    }

    public Future<Void> close() {
        return worker.close();
    }
}
