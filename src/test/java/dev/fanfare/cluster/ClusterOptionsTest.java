package dev.fanfare.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.config.Config;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterOptionsTest {

    @Test
    void defaultPortsAreThoseOfNodes() {
        Config.ClusterSettings node = Config.DEFAULT.cluster();
        ClusterOptions options = ClusterOptions.at("10.0.0.9", ClusterTls.off());
        assertEquals(node.port(), options.port());
        assertEquals(node.busPort(), options.busPort());
        assertEquals(node.name(), options.name());
    }

    @Test
    void eachOptionKeepsTheOthers() {
        ClusterTls tls = ClusterTls.files("tls.crt", "tls.key", "ca.crt");
        assertEquals(
                new ClusterOptions("n", "h", 1, 2, List.of("m:3"), "d", tls),
                ClusterOptions.at("h", tls)
                        .withName("n")
                        .withDns("d")
                        .withPorts(1, 2)
                        .withMembers("m:3"));
        assertEquals(
                new ClusterOptions("n", "h", 1, 2, List.of("m:3"), "d", tls),
                ClusterOptions.at("h", tls)
                        .withMembers("m:3")
                        .withPorts(1, 2)
                        .withDns("d")
                        .withName("n"));
    }

    @ParameterizedTest
    @CsvSource({"' ',1,2", "h,0,2", "h,65536,2", "h,1,0", "h,1,65536", "h,2,2"})
    void impossibleAddressesAreRefused(String host, int port, int busPort) {
        assertThrows(
                IllegalArgumentException.class,
                () -> ClusterOptions.at(host, ClusterTls.off()).withPorts(port, busPort));
    }
}
