package dev.fanfare.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.MultiMap;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
                // Strangers may claim what they like.
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

    private static void add(MultiMap headers, String name, @Nullable String lines) {
        if (lines != null) {
            for (String line : lines.split(";")) {
                headers.add(name, line.strip().replace('\u0000', ';'));
            }
        }
    }
}
