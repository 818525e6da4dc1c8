package dev.fanfare.server;

import dev.fanfare.config.Network;
import dev.fanfare.config.OutboundUrl;
import dev.fanfare.core.GroupPattern;
import dev.fanfare.core.Names;
import dev.fanfare.fuzz.FuzzSeeds;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** URLs of clients, targets of outbound connections and their redirects, networks, and patterns of groups. */
public final class UrlFuzz {

    private static final Names NAMES = new Names(16, 16, 16, 16);
    private static final OutboundUrl BASE = parsed("wss://feeds.example.com/a/b?c=d");

    private UrlFuzz() {}

    public static void run(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        int query = text.indexOf('?');
        client(query < 0 ? text : text.substring(0, query), query < 0 ? null : text.substring(query + 1));
        outbound(OutboundUrl.parse(text));
        outbound(BASE.redirected(text));
        Network network = Network.parse(text);
        if (network != null && !network.contains(network.address())) {
            throw new AssertionError(text + " does not contain its own address");
        }
        GroupPattern pattern = GroupPattern.parse(text);
        if (pattern != null) {
            pattern.matches(text);
        }
    }

    private static void client(String path, @Nullable String query) {
        try {
            ClientUrl url = ClientUrl.parse(path, query, NAMES);
            if (NAMES.hubProblem(url.hub()) != null) {
                throw new AssertionError("the hub " + url.hub());
            }
            if (url.shownQuery().keySet().stream().anyMatch("access_token"::equalsIgnoreCase)) {
                throw new AssertionError("the token is shown");
            }
        } catch (ClientUrl.MalformedUrl refused) {
            // as it is to be
        }
    }

    private static void outbound(@Nullable OutboundUrl url) {
        if (url != null) {
            String text = url + url.path() + (url.query() == null ? "" : "?" + url.query());
            OutboundUrl again = OutboundUrl.parse(text);
            if (!url.equals(again)) {
                throw new AssertionError(text + " is read as " + again);
            }
        }
    }

    private static OutboundUrl parsed(String text) {
        return Objects.requireNonNull(OutboundUrl.parse(text));
    }

    /** One of each. */
    public static List<byte[]> seeds() {
        return FuzzSeeds.texts(
                "/client/hubs/chat?access_token=a.b.c&webpubsub_mode=sendToGroup&group=g%20%C3%A4&noEcho=true",
                "/client/?hub=chat&awps_connection_id=c&awps_reconnection_token=t",
                "wss://user@[2001:db8::1]:9000/a/../b?c=%64#e",
                "ws://feeds.example.com:80/",
                "//other.example.com/x",
                "../x?y",
                "10.0.0.0/8",
                "2001:db8::/32",
                "::ffff:10.0.0.1",
                "prices.**.\\*?");
    }
}
