package dev.fanfare.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.fanfare.config.Network;
import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("attack")
class ClientAddressesTest {

    private static final ClientAddresses ADDRESSES =
            new ClientAddresses(List.of("10.0.0.0/8", "127.0.0.1", "2001:db8::/32"));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // peer    | X-Forwarded-For lines            | Forwarded lines                        | client
                "10.0.0.1  |                                  |                                        | 10.0.0.1",
                "10.0.0.1  | 192.0.2.1                        |                                        | 192.0.2.1",
                "127.0.0.1 | 192.0.2.1                        |                                        | 192.0.2.1",
                "10.0.0.1  | 198.51.100.9, 192.0.2.1, 10.1.1.1 |                                       | 192.0.2.1",
                "10.0.0.1  | 198.51.100.9 ; 192.0.2.1         |                                        | 192.0.2.1",
                "10.0.0.1  | 10.2.2.2, 10.1.1.1               |                                        | 10.2.2.2",
                "10.0.0.1  | 192.0.2.1:4711                   |                                        | 192.0.2.1",
                "10.0.0.1  | [2001:db9::1]:4711               |                                        | 2001:db9:0:0:0:0:0:1",
                "10.0.0.1  | 2001:db9::1                      |                                        | 2001:db9:0:0:0:0:0:1",
                "10.0.0.1  | 192.0.2.1, 2001:db8::1           |                                        | 192.0.2.1",
                "10.0.0.1  | 192.0.2.1, unknown, 10.1.1.1     |                                        | 10.1.1.1",
                "10.0.0.1  | localhost                        |                                        | 10.0.0.1",
                "10.0.0.1  | 192.0.2.1,                       |                                        | 10.0.0.1",
                "10.0.0.1  | 999.0.2.1                        |                                        | 10.0.0.1",
                "10.0.0.1  |                                  | for=192.0.2.1;proto=https              | 192.0.2.1",
                "10.0.0.1  |                                  | proto=https;For=\"[2001:db9::1]:80\"   | 2001:db9:0:0:0:0:0:1",
                "10.0.0.1  |                                  | for=198.51.100.9, for=192.0.2.1;by=x   | 192.0.2.1",
                "10.0.0.1  |                                  | for=_hidden                            | 10.0.0.1",
                "10.0.0.1  |                                  | proto=https                            | 10.0.0.1",
                "10.0.0.1  |                                  | for=192.0.2.1;proto=https;             | 192.0.2.1",
                "10.0.0.1  |                                  | for = 192.0.2.1 ; proto = https        | 192.0.2.1",
                "10.0.0.1  |                                  | for=\"192.0.2.\\1:80\"                  | 192.0.2.1",
                "10.0.0.1  |                                  | for=192.0.2.1;x=\"\\\",for=6.6.6.6\"      | 192.0.2.1",
                // Proxies quote what clients send as Host, whose commas, semicolons and quotes mean nothing.
                "10.0.0.1  |                                  | for=9.9.9.9;host=\"a,for=6.6.6.6\"      | 9.9.9.9",
                "10.0.0.1  |                                  | host=\"a,for=6.6.6.6\";for=9.9.9.9      | 9.9.9.9",
                "10.0.0.1  |                                  | for=9.9.9.9;host=\"a;for=6.6.6.6\"      | 9.9.9.9",
                "10.0.0.1  |                                  | host=\"a;for=6.6.6.6\";for=9.9.9.9      | 9.9.9.9",
                "10.0.0.1  |                                  | for=9.9.9.9;host=\"\\\",for=6.6.6.6\"      | 9.9.9.9",
                // A malformed element is not trusted, and neither is anything left of it.
                "10.0.0.1  |                                  | for=6.6.6.6;x=\", for=9.9.9.9           | 10.0.0.1",
                "10.0.0.1  |                                  | for=6.6.6.6;x=\", for=\"[2001:db9::1]\"   | 10.0.0.1",
                "10.0.0.1  |                                  | for=6.6.6.6;x=\"\\                     | 10.0.0.1",
                "10.0.0.1  |                                  | for=6.6.6.6;x=\"a\"b                    | 10.0.0.1",
                "10.0.0.1  |                                  | for=6.6.6.6;for=9.9.9.9                | 10.0.0.1",
                "10.0.0.1  |                                  | for=6.6.6.6;x                          | 10.0.0.1",
                "10.0.0.1  |                                  | for=6.6.6.6, x                         | 10.0.0.1",
                // A name is not an address, even one with a colon.
                "10.0.0.1  | x:y.attacker.example             |                                        | 10.0.0.1",
                "10.0.0.1  |                                  | for=x:y.attacker.example               | 10.0.0.1",
                // Headers of untrusted peers are ignored.
                "192.0.2.7 | 192.0.2.1                        | for=192.0.2.1                          | 192.0.2.7",
                // A proxy that writes one header passes on the other.
                "10.0.0.1  | 192.0.2.1                        | for=192.0.2.1                          | 192.0.2.1",
                "10.0.0.1  | 192.0.2.1                        | for=198.51.100.9                       | 10.0.0.1"
            })
    void theRightmostAddressThatIsNoneOfATrustedProxyIsTheClients(
            String peer, @Nullable String forwardedFor, @Nullable String forwarded, String client) throws Exception {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        add(headers, "x-forwarded-for", forwardedFor);
        add(headers, "forwarded", forwarded == null ? null : forwarded.replace(';', '\u0000'));
        assertEquals(client, ADDRESSES.of(InetAddress.getByName(peer), headers).getHostAddress());
    }

    @Test
    void aHeaderOfBlanksTakesNoLongerThanAnother() {
        InetAddress proxy = Objects.requireNonNull(Network.address("10.0.0.1"));
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        add(headers, "forwarded", "for=" + " ".repeat(400_000) + "a b");
        // A few milliseconds; much more than half an hour if it grew with the square of the length.
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> assertEquals(proxy, ADDRESSES.of(proxy, headers)));
    }

    @Test
    void aPeerOnTheLinkHasItsAddressWithoutTheZone() throws Exception {
        byte[] address = Objects.requireNonNull(Network.address("fe80::1")).getAddress();
        InetSocketAddress socket = new InetSocketAddress(Inet6Address.getByAddress("", address, 7), 80);
        assertEquals(
                "fe80:0:0:0:0:0:0:1",
                ClientAddresses.peer(SocketAddress.inetSocketAddress(socket)).getHostAddress());
    }

    private static void add(MultiMap headers, String name, @Nullable String lines) {
        if (lines != null) {
            for (String line : lines.split(";")) {
                headers.add(name, line.strip().replace('\u0000', ';'));
            }
        }
    }
}
