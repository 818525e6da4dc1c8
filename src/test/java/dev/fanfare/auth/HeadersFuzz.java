package dev.fanfare.auth;

import dev.fanfare.fuzz.FuzzSeeds;
import io.vertx.core.MultiMap;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Tokens that nothing has verified yet, and what proxies add or pass on about the address of a client. */
public final class HeadersFuzz {

    private static final InetAddress PROXY = InetAddress.getLoopbackAddress();
    private static final ClientAddresses ADDRESSES = new ClientAddresses(List.of("127.0.0.0/8", "10.0.0.0/8"));
    private static final int MAX_TOKEN_BYTES = 8192;

    private HeadersFuzz() {}

    public static void run(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        try {
            CompactToken.checkLength(text, MAX_TOKEN_BYTES);
            CompactToken.parse(text);
        } catch (AuthenticationException refused) {
            // as it is to be
        }
        ForwardedHeader.nodes(text);
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        ADDRESSES.of(PROXY, headers.set("X-Forwarded-For", text));
        ADDRESSES.of(PROXY, headers.set("Forwarded", text));
        ADDRESSES.of(PROXY, headers.remove("X-Forwarded-For"));
    }

    /** One of each. */
    public static List<byte[]> seeds() {
        return FuzzSeeds.texts(
                "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.eyJleHAiOjE4MDAwMDAwMDAsInN1YiI6ImEiLCJhdWQiOlsiaHR0cDovL2EvIl19.AAAA",
                "203.0.113.7, 10.0.0.1:443, [2001:db8::1]:80, unknown",
                "for=203.0.113.7;proto=https, for=\"[2001:db8::1]:80\";by=\"a\\\"b\", for=_hidden");
    }
}
