package io.fjord.webhooks.egress;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Networks;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What leads inside, however it is written, is refused; what leads to the internet is not. */
class DestinationsTest {

    private static final Vertx VERTX = Vertx.vertx();

    @AfterAll
    static void stop() throws Exception {
        VERTX.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** Names mean what the system's own rules for literals say; any other name means a public address. */
    private static final Destinations.Resolver RESOLVER = host -> {
        switch (host) {
            case "localhost", "a.localhost", "localtest.example":
                return List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("::1"));
            case "metadata.google.internal":
                return List.of(InetAddress.getByName("169.254.169.254"));
            case "mixed.example":
                return List.of(InetAddress.getByName("93.184.215.14"), InetAddress.getByName("10.0.0.1"));
            case "empty.example":
                return List.of();
            default:
                return host.startsWith("[") || host.matches("[0-9.]+")
                        ? List.of(InetAddress.getByName(host))
                        : List.of(InetAddress.getByName("93.184.215.14"));
        }
    };

    private static Destinations destinations(boolean clearText, String... allowed) {
        return new Destinations(VERTX, Networks.ofTheInternet(List.of(allowed)), clearText, RESOLVER);
    }

    private static String refusal(Destinations destinations, String url) throws Exception {
        try {
            return "none: "
                    + destinations
                            .check(url)
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).as(url).isInstanceOfAny(Destinations.Refused.class, UnknownHostException.class);
            return "refused: " + e.getCause().getMessage();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Loopback, this host, and other ways to write them
                "https://127.0.0.1/",
                "https://127.0.0.1:8443/x",
                "https://127.1/",
                "https://127.0.1/",
                "https://127.255.255.254/",
                "https://0.0.0.0/",
                "https://0/",
                "https://0.0.0.0:443/",
                "https://2130706433/",
                "https://017700000001/",
                "https://0177.0.0.1/",
                "https://0177.0.0.01/",
                "https://0x7f.0.0.1/",
                "https://0x7f000001/",
                "https://0x7f.1/",
                "https://127.0x0.0.1/",
                "https://127.0.0.1./",
                "https://127.000.000.001/",
                "https://localhost/",
                "https://LOCALHOST/",
                "https://localhost./",
                "https://a.localhost/",
                "https://localtest.example/",
                "https://[::1]/",
                "https://[0:0:0:0:0:0:0:1]/",
                "https://[::]/",
                "https://[::ffff:127.0.0.1]/",
                "https://[::ffff:7f00:1]/",
                "https://[0:0:0:0:0:ffff:127.0.0.1]/",
                "https://[::127.0.0.1]/",
                "https://[::7f00:1]/",
                // Private
                "https://10.0.0.1/",
                "https://10.255.255.255/",
                "https://172.16.0.1/",
                "https://172.31.255.255/",
                "https://192.168.0.1/",
                "https://192.168.1.1:8443/",
                "https://3232235777/",
                "https://0xc0a80101/",
                "https://0300.0250.0.1/",
                "https://[::ffff:10.0.0.1]/",
                "https://[::ffff:c0a8:101]/",
                "https://[fc00::1]/",
                "https://[fd12:3456:789a::1]/",
                "https://[fec0::1]/",
                "https://100.64.0.1/",
                "https://100.127.255.255/",
                // Metadata and link-local
                "https://169.254.169.254/latest/meta-data/",
                "https://169.254.170.2/",
                "https://2852039166/",
                "https://0xa9fea9fe/",
                "https://0xA9.0xFE.0xA9.0xFE/",
                "https://0251.0376.0251.0376/",
                "https://[::ffff:169.254.169.254]/",
                "https://[::ffff:a9fe:a9fe]/",
                "https://[fe80::1]/",
                "https://[fe80::1%25eth0]/",
                "https://[fd00:ec2::254]/",
                "https://100.100.100.200/",
                "https://168.63.129.16/",
                "https://192.0.0.192/",
                "https://metadata.google.internal/computeMetadata/v1/",
                // IPv4 inside IPv6
                "https://[64:ff9b::7f00:1]/",
                "https://[64:ff9b::169.254.169.254]/",
                "https://[64:ff9b:1::a00:1]/",
                "https://[2002:7f00:1::]/",
                "https://[2002:a9fe:a9fe::1]/",
                "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
                "https://[::ffff:0:127.0.0.1]/",
                // Reserved
                "https://192.0.2.1/",
                "https://198.51.100.1/",
                "https://203.0.113.1/",
                "https://198.18.0.1/",
                "https://192.88.99.1/",
                "https://224.0.0.1/",
                "https://240.0.0.1/",
                "https://255.255.255.255/",
                "https://[ff02::1]/",
                "https://[2001:db8::1]/",
                "https://[3fff::1]/",
                "https://[100::1]/",
                "https://[5f00::1]/",
                // One of several addresses is enough
                "https://mixed.example/",
                "https://empty.example/",
                // Written so that readers differ
                "https://example.com@127.0.0.1/",
                "https://user:pass@example.com/",
                "https://127.0.0.1#@example.com/",
                "https://127.0.0.1\\@example.com/",
                "https://example.com\\@127.0.0.1/",
                "https://127.0.0.1%23.example.com/",
                "https://127.0.0.1%2f.example.com/",
                "https://%31%32%37.0.0.1/",
                "https://127。0。0。1/",
                "https://１２７.0.0.1/",
                "https://ⓛocalhost/",
                "https://exa mple.com/",
                "https:///etc/passwd",
                "https:127.0.0.1/",
                "https://",
                "https://[::1",
                "https://example.com:0/",
                "https://example.com:70000/",
                "https://1.2.3/",
                "https://1.2.3.4.5/",
                "https://256.1.1.1/",
                "https://1.2.3.0x4/",
                // Not https
                "http://example.com/",
                "ftp://example.com/",
                "file:///etc/passwd",
                "gopher://127.0.0.1:6379/_x",
                "dict://127.0.0.1:11211/",
                "javascript:alert(1)",
                "//example.com/",
                "example.com",
                ""
            })
    void leads_nowhere_inside(String url) throws Exception {
        assertThat(refusal(destinations(false), url)).startsWith("refused: ").doesNotContain("null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.com/",
                "https://EXAMPLE.com./hook?a=b%20c",
                "https://93.184.215.14/",
                "https://8.8.8.8:8443/x",
                "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
                "https://xn--bcher-kva.example/"
            })
    void leads_outside(String url) throws Exception {
        assertThat(refusal(destinations(false), url)).startsWith("none: ");
    }

    @Test
    void what_was_looked_at_is_what_is_connected_to() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Destinations rebound = new Destinations(
                VERTX,
                Networks.ofTheInternet(List.of()),
                false,
                host -> List.of(InetAddress.getByName(asked.getAndIncrement() == 0 ? "93.184.215.14" : "127.0.0.1")));
        Destinations.Checked first = rebound.check("https://rebind.example/x")
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        assertThat(first.address().getHostAddress()).isEqualTo("93.184.215.14");
        assertThat(first.host()).isEqualTo("rebind.example");
        // Remembered for a moment: the same answer; under another name it is asked anew, and refused.
        assertThat(refusal(rebound, "https://rebind.example/x")).contains("93.184.215.14");
        assertThat(refusal(rebound, "https://again.example/x")).contains("loopback");
    }

    @Test
    void developers_may_name_what_they_need() throws Exception {
        Destinations local = destinations(true, "127.0.0.0/8", "::1/128");
        assertThat(refusal(local, "http://127.0.0.1:9000/x")).startsWith("none: ");
        assertThat(refusal(local, "http://localhost:9000/x")).startsWith("none: ");
        assertThat(refusal(local, "http://10.0.0.1/")).contains("private");
        assertThat(refusal(destinations(true), "http://127.0.0.1:9000/x")).contains("loopback");
        assertThat(refusal(destinations(false, "127.0.0.0/8"), "http://127.0.0.1/x"))
                .contains("https");
    }
}
