package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {

    /** Not addresses, but with the colon of one. */
    private static final List<String> NAMES =
            List.of("x:y.attacker.example", "[x:y.attacker.example]", "x:y.attacker.example%1", "x:evil");

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "[192.0.2.1], 192.0.2.1",
        "2001:DB8::1, 2001:db8:0:0:0:0:0:1",
        "[::1], 0:0:0:0:0:0:0:1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "fe80::1%eth0, fe80:0:0:0:0:0:0:1",
        "[fe80::1%25], fe80:0:0:0:0:0:0:1"
    })
    void anAddressIsReadWithoutBracketsAndZone(String text, String address) {
        InetAddress read = Network.address(text);
        assertEquals(address, read == null ? null : read.getHostAddress());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "%",
                "[]",
                "localhost",
                "a.b",
                "10.1",
                "256.0.0.1",
                "192.0.2.1%1",
                "1:2",
                "[[::1]]",
                "::g"
            })
    void anythingElseIsNone(String text) {
        assertNull(Network.address(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fe80::1%eth0", "fe80::%eth0/10", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1"})
    void aNetworkHasAPrefixThatFitsAndNoZone(String text) {
        assertNull(Network.parse(text));
    }

    /** In a JVM of its own, whose resolver resolves all the names. */
    @Test
    void namesWithColonsAreNotLookedUp(@TempDir Path directory) throws Exception {
        Path hosts = directory.resolve("hosts");
        Files.writeString(hosts, "192.0.2.66 x:y.attacker.example x:y.attacker.example%1 x:evil\n");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Djdk.net.hosts.file=" + hosts,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Lookup.class.getName())
                .inheritIO()
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
    }

    /** Exits with 1 if a name is taken for an address, because it was looked up. */
    static final class Lookup {
        private Lookup() {}

        @SuppressWarnings("AddressSelection") // a name that must be known
        public static void main(String[] args) throws Exception {
            assertEquals("192.0.2.66", InetAddress.getByName("x:evil").getHostAddress(), "the resolver knows it");
            for (String name : NAMES) {
                assertNull(Network.address(name), name);
                assertNull(Network.parse(name), name);
                assertFalse(Hosts.isValid(name), name);
            }
        }
    }
}
