package dev.fanfare.testkit;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who a client is and what its token says, until it connects. */
public final class TestClient {

    public static final String JSON = "json.webpubsub.azure.v1";
    public static final String RELIABLE = "json.reliable.webpubsub.azure.v1";

    private final AnyNode node;
    private final @Nullable String user;
    private final List<String> roles = new ArrayList<>();
    private final List<String> groups = new ArrayList<>();
    private String hub = "chat";
    private @Nullable String token;
    private int receiveBuffer;
    private String host;
    private int port;

    TestClient(AnyNode node, @Nullable String user) {
        this.node = node;
        this.user = user;
        this.host = node.host();
        this.port = node.port();
    }

    public TestClient hub(String name) {
        hub = name;
        return this;
    }

    /** Roles of the token, without {@code webpubsub.}. */
    public TestClient may(String... names) {
        Arrays.stream(names).map(name -> "webpubsub." + name).forEach(roles::add);
        return this;
    }

    /** May join and send to all groups. */
    public TestClient mayAll() {
        return may("joinLeaveGroup", "sendToGroup");
    }

    /** Groups of the token. */
    public TestClient in(String... names) {
        groups.addAll(Arrays.asList(names));
        return this;
    }

    /** Connects with this token instead of one of its own. */
    public TestClient with(String accessToken) {
        token = accessToken;
        return this;
    }

    /** Connects through a proxy. A socket that {@linkplain JsonClient#recover recovers} does not. */
    public TestClient through(TcpProxy proxy) {
        host = "127.0.0.1";
        port = proxy.port();
        return this;
    }

    /** Gives the kernel a small receive buffer, which makes a slow reader. */
    public TestClient slow() {
        receiveBuffer = 4096;
        return this;
    }

    /** The path and query to connect to, token included. */
    public String target() {
        String text = token == null ? node.token(hub, user, roles, groups) : token;
        return "/client/hubs/" + hub + "?access_token=" + text;
    }

    /** Connects with {@code json.webpubsub.azure.v1} and reads the first frame. */
    public JsonClient json() throws IOException {
        return JsonClient.connected(open(target(), JSON), target());
    }

    /** Connects with {@code json.reliable.webpubsub.azure.v1} and reads the first frame. */
    public JsonClient reliable() throws IOException {
        String target = target();
        return JsonClient.connected(open(target, RELIABLE), target);
    }

    /** Connects without a subprotocol, for events. */
    public RawWebSocketClient raw() throws IOException {
        return open(target(), null);
    }

    /** Connects without a subprotocol, to publish to a group. */
    public RawWebSocketClient publisher(String group, boolean noEcho) throws IOException {
        String query = "&webpubsub_mode=sendToGroup&group=" + URLEncoder.encode(group, StandardCharsets.UTF_8)
                + (noEcho ? "&noEcho=true" : "");
        return open(target() + query, null);
    }

    /** Asks for the session of another socket. Nothing has been read after the 101 yet. */
    public JsonClient recover(String connectionId, String reconnectionToken) throws IOException {
        String target = target();
        return new JsonClient(open(recovery(target, connectionId, reconnectionToken), RELIABLE), target);
    }

    static String recovery(String target, String connectionId, String reconnectionToken) {
        return target + "&awps_connection_id=" + connectionId + "&awps_reconnection_token=" + reconnectionToken;
    }

    private RawWebSocketClient open(String target, @Nullable String subprotocol) throws IOException {
        return open(host, port, receiveBuffer, target, subprotocol);
    }

    static RawWebSocketClient open(
            String host, int port, int receiveBuffer, String target, @Nullable String subprotocol) throws IOException {
        RawWebSocketClient client = RawWebSocketClient.connect(host, port, null, receiveBuffer);
        String[] headers =
                subprotocol == null ? new String[0] : new String[] {"Sec-WebSocket-Protocol: " + subprotocol};
        client.send(RawWebSocketClient.upgradeRequest(target, headers));
        String head = client.readHead();
        if (!head.startsWith("HTTP/1.1 101 ")) {
            client.disconnect();
            throw new IOException("Not upgraded: " + head);
        }
        return client;
    }
}
