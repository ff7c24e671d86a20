package io.fjord.ingestion.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.ingestion.CannotGoOn;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.9.9.9",
                "localhost",
                "0.0.0.0",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "169.254.169.254",
                "168.63.129.16",
                "100.100.100.200",
                "fe80::1",
                "fd00:ec2::254",
                "224.0.0.1",
                "ff02::1",
                "255.255.255.255",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "2001:0:1::"
            })
    void this_machine_and_metadata_are_out_of_reach(String host) {
        assertThatThrownBy(() -> new Reach(List.of()).address(host))
                .isInstanceOf(CannotGoOn.class)
                .hasMessageContaining("may not be reached");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.1.2.3", "192.168.0.5", "172.16.0.1", "203.0.113.7", "2606:4700::1"})
    void private_networks_and_the_internet_are_not(String host) throws Exception {
        assertThat(new Reach(List.of()).address(host).getHostAddress()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.0/8", "127.0.0.1", "127.0.0.0/30"})
    void what_is_allowed_may_be_reached(String network) throws Exception {
        assertThat(new Reach(List.of(network)).address("127.0.0.1").isLoopbackAddress())
                .isTrue();
        assertThatThrownBy(() -> new Reach(List.of(network)).address("169.254.169.254"))
                .isInstanceOf(CannotGoOn.class);
    }
}
