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
        ClusterOptions options = ClusterOptions.at("10.0.0.9");
        assertEquals(node.port(), options.port());
        assertEquals(node.busPort(), options.busPort());
    }

    @Test
    void eachOptionKeepsTheOthers() {
        ClusterOptions.BusTls tls = new ClusterOptions.BusTls("tls.crt", "tls.key", "ca.crt");
        assertEquals(
                new ClusterOptions("h", 1, 2, List.of("m:3"), "d", tls),
                ClusterOptions.at("h").withTls(tls).withDns("d").withPorts(1, 2).withMembers("m:3"));
        assertEquals(
                new ClusterOptions("h", 1, 2, List.of("m:3"), "d", tls),
                ClusterOptions.at("h")
                        .withMembers("m:3")
                        .withPorts(1, 2)
                        .withDns("d")
                        .withTls(tls));
    }

    @ParameterizedTest
    @CsvSource({"' ',1,2", "h,0,2", "h,65536,2", "h,1,0", "h,1,65536", "h,2,2"})
    void impossibleAddressesAreRefused(String host, int port, int busPort) {
        assertThrows(
                IllegalArgumentException.class, () -> ClusterOptions.at(host).withPorts(port, busPort));
    }
}
