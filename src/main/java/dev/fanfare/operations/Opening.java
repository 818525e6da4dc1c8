package dev.fanfare.operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An outbound connection to be opened. What is not set is as in {@code conf/fanfare.yaml}. Immutable; holds secrets,
 * which {@code toString} does not show.
 */
public final class Opening {

    /** What happens to messages that do not fit while they wait for a socket. */
    public enum Overflow {
        DROP_OLDEST("drop-oldest"),
        DROP_NEWEST("drop-newest"),
        CLOSE("close");

        private final String wireName;

        Overflow(String wireName) {
            this.wireName = wireName;
        }
    }

    private final JsonObject request;

    private Opening(JsonObject request) {
        this.request = request;
    }

    /** @param url of the remote server, ws or wss */
    public static Opening of(String hub, String url) {
        return new Opening(new JsonObject()
                .put("operation", "openConnection")
                .put("hub", hub)
                .put("url", url));
    }

    private Opening with(String key, Object value) {
        return new Opening(request.copy().put(key, value));
    }

    /** With this id, which no other connection may have; without one it is generated. */
    public Opening withId(String connectionId) {
        return with("connectionId", connectionId);
    }

    /** Belongs to the cluster: another node takes it over when its own stops or fails. It needs an id. */
    public Opening durable() {
        return with("durable", true);
    }

    /** Offers these subprotocols to the remote. */
    public Opening offering(String... subprotocols) {
        return with("subprotocols", array(subprotocols));
    }

    /** With these additional headers of the request. */
    public Opening withHeaders(Map<String, String> headers) {
        return with("headers", object(headers));
    }

    /** With these additional parameters of the URL. */
    public Opening withQuery(Map<String, String> parameters) {
        return with("query", object(parameters));
    }

    /** Authenticates itself so, in place of any earlier credentials. */
    public Opening authenticatedBy(Credentials credentials) {
        return with("auth", credentials.json());
    }

    /** Sends messages to these groups to the remote. */
    public Opening inGroups(String... groups) {
        return with("groups", array(groups));
    }

    /** Publishes the remote's messages to these groups; without any they are events. */
    public Opening relayedTo(String... groups) {
        return with("relay", new JsonObject().put("groups", array(groups)));
    }

    /** Sends this first on every socket. JSON is sent as text, without metadata and time to live. */
    public Opening saying(Content... messages) {
        return with(
                "onOpen",
                new JsonArray(Arrays.stream(messages).map(Content::opening).toList()));
    }

    /**
     * Sets when it is opened again.
     *
     * @param initialDelayMillis the longest pause before the second attempt, 1 to 3,600,000; it doubles with each
     * @param maxDelayMillis the bound of that, 1 to 86,400,000
     * @param maxAttempts consecutive attempts that may fail, 0 for no limit
     */
    public Opening reconnecting(int initialDelayMillis, int maxDelayMillis, int maxAttempts) {
        return with(
                "reconnect",
                new JsonObject()
                        .put("initialDelayMillis", initialDelayMillis)
                        .put("maxDelayMillis", maxDelayMillis)
                        .put("maxAttempts", maxAttempts));
    }

    /** Is not opened again. */
    public Opening once() {
        return with("reconnect", new JsonObject().put("enabled", false));
    }

    /** Opens another socket when the remote has sent no message for so long; 0 for never, at most 86,400,000. */
    public Opening idleTimeout(int millis) {
        return with("idleTimeoutMillis", millis);
    }

    /**
     * Queues messages while there is no socket.
     *
     * @param maxBytes of all of them together, 1,024 to 1,073,741,824
     */
    public Opening queueing(int maxBytes, Overflow overflow) {
        return with("queue", new JsonObject().put("maxBytes", maxBytes).put("policy", overflow.wireName));
    }

    /** Trusts these certificates, in PEM, instead of what the node's Java trusts. */
    public Opening trusting(String certificates) {
        return with("tls", tls().put("trust", certificates));
    }

    /**
     * Presents a certificate to a remote that asks for one.
     *
     * @param certificate in PEM, followed by its chain
     * @param key the key of the certificate, in PEM
     */
    public Opening showing(String certificate, String key) {
        return with("tls", tls().put("certificate", certificate).put("key", key));
    }

    private JsonObject tls() {
        return request.getJsonObject("tls", new JsonObject()).copy();
    }

    /** Connects through a proxy. */
    public Opening through(Proxy proxy) {
        return with("proxy", proxy.json());
    }

    private static JsonArray array(String... values) {
        return new JsonArray(List.of(values));
    }

    private static JsonObject object(Map<String, String> pairs) {
        JsonObject object = new JsonObject();
        pairs.forEach(object::put);
        return object;
    }

    JsonObject request() {
        return request.copy();
    }

    @Override
    public String toString() {
        return "Opening[hub=" + request.getString("hub") + ", connectionId=" + request.getString("connectionId") + "]";
    }
}
