package dev.fanfare.auth;

import dev.fanfare.config.Network;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves the addresses of clients. {@code X-Forwarded-For} and {@code Forwarded} (RFC 7239) count only from proxies
 * listed in {@code server.trustedProxies}, and are read from the right up to the first address that is not a trusted
 * proxy. Anything further left could have been forged. Immutable and thread-safe.
 */
public final class ClientAddresses {

    private static final String FORWARDED = "Forwarded";
    private static final String FORWARDED_FOR = "X-Forwarded-For";

    private static final int MAX_PORT_DIGITS = 5;

    /** Shared by the process: each event loop has its own instance of this class. */
    private static final UnlistedProxies UNLISTED = new UnlistedProxies(System::nanoTime);

    private static final Logger LOG = LoggerFactory.getLogger(ClientAddresses.class);

    private final List<Network> trusted;

    /** @param trustedProxies addresses and networks, each valid for {@link Network#parse} */
    public ClientAddresses(List<String> trustedProxies) {
        this.trusted = trustedProxies.stream()
                .map(text -> Objects.requireNonNull(Network.parse(text), text))
                .toList();
    }

    /** The address of the client of a request. */
    public InetAddress of(HttpServerRequest request) {
        return of(peer(request.remoteAddress()), request.headers());
    }

    /** The address of a peer; the loopback address if it is not an IP address. */
    public static InetAddress peer(@Nullable SocketAddress socket) {
        InetAddress address = socket == null ? null : Network.address(String.valueOf(socket.hostAddress()));
        return address == null ? InetAddress.getLoopbackAddress() : address;
    }

    InetAddress of(InetAddress peer, MultiMap headers) {
        if (!isTrusted(peer)) {
            String header = headers.contains(FORWARDED_FOR) ? FORWARDED_FOR : FORWARDED;
            if (headers.contains(header) && UNLISTED.shouldLog(peer)) {
                LOG.warn(
                        "{} forwards requests of others ({}) and is not in server.trustedProxies: if it is a proxy, all its"
                                + " clients share one address; if it is not, nothing is wrong",
                        peer.getHostAddress(),
                        header);
            }
            return peer;
        }
        InetAddress one = client(peer, hops(headers.getAll(FORWARDED_FOR), ClientAddresses::elements));
        InetAddress other = client(peer, hops(headers.getAll(FORWARDED), ForwardedHeader::nodes));
        // If the two differ, the proxy writes only one of them and the client may have written the other.
        boolean both = headers.contains(FORWARDED_FOR) && headers.contains(FORWARDED);
        if (both) {
            return one.equals(other) ? one : peer;
        }
        return headers.contains(FORWARDED) ? other : one;
    }

    /** The rightmost address that is not a trusted proxy. An unreadable hop ends the trusted part. */
    private InetAddress client(InetAddress peer, List<String> hops) {
        InetAddress client = peer;
        for (String hop : hops) {
            InetAddress address = address(hop);
            if (address == null) {
                return client;
            }
            client = address;
            if (!isTrusted(address)) {
                return client;
            }
        }
        return client;
    }

    private boolean isTrusted(InetAddress address) {
        byte[] bytes = address.getAddress();
        return trusted.stream().anyMatch(network -> network.contains(bytes));
    }

    /** The hops in all lines of a header, from the right. */
    private static List<String> hops(List<String> lines, Function<String, List<String>> read) {
        List<String> hops = new ArrayList<>();
        lines.forEach(line -> hops.addAll(read.apply(line)));
        Collections.reverse(hops);
        return hops;
    }

    private static List<String> elements(String line) {
        return Arrays.stream(line.split(",", -1)).map(String::strip).toList();
    }

    /** Parses an address with an optional port; null for names, {@code unknown} and the like. */
    private static @Nullable InetAddress address(String hop) {
        boolean port = hop.startsWith("[") ? !hop.endsWith("]") : hop.indexOf(':') == hop.lastIndexOf(':');
        return Network.address(port ? withoutPort(hop) : hop);
    }

    private static String withoutPort(String hop) {
        int colon = hop.lastIndexOf(':');
        String port = hop.substring(colon + 1);
        boolean valid = colon >= 0
                && !port.isEmpty()
                && port.length() <= MAX_PORT_DIGITS
                && port.chars().allMatch(c -> c >= '0' && c <= '9');
        return valid ? hop.substring(0, colon) : hop;
    }
}
