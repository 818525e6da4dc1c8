package dev.fanfare.operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An outbound connection that is to be opened. What is not said is as {@code conf/fanfare.yaml} has it. Immutable; holds
 * secrets, which {@code toString} does not show.
 */
public final class Opening {

    /** What becomes of messages for which there is no room while they wait for a socket. */
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

    /** By this id, which no other connection may have; without it one is made. */
    public Opening withId(String connectionId) {
        return with("connectionId", connectionId);
    }

    /** Belongs to the cluster: another node opens it when its own stops or dies. It needs an id. */
    public Opening durable() {
        return with("durable", true);
    }

    /** Offers these subprotocols to the remote. */
    public Opening offering(String... subprotocols) {
        return with("subprotocols", array(subprotocols));
    }

    /** With these further headers of the request. */
    public Opening withHeaders(Map<String, String> headers) {
        return with("headers", object(headers));
    }

    /** With these further parameters of the URL. */
    public Opening withQuery(Map<String, String> parameters) {
        return with("query", object(parameters));
    }

    /** Proves who it is, in place of whatever was said before. */
    public Opening authenticatedBy(Credentials credentials) {
        return with("auth", credentials.json());
    }

    /** Writes messages to these groups to the remote. */
    public Opening inGroups(String... groups) {
        return with("groups", array(groups));
    }

    /** Publishes what the remote says to these groups; without any it is an event. */
    public Opening relayedTo(String... groups) {
        return with("relay", new JsonObject().put("groups", array(groups)));
    }

    /** Says this first on every socket. JSON goes as text; neither metadata nor a time to live go with it. */
    public Opening saying(Content... messages) {
        return with(
                "onOpen",
                new JsonArray(Arrays.stream(messages).map(Content::opening).toList()));
    }

    /**
     * When it is opened again.
     *
     * @param initialDelayMillis the longest pause before the second attempt, 1 to 3,600,000; it doubles with each
     * @param maxDelayMillis up to this, 1 to 86,400,000
     * @param maxAttempts in a row that may fail, 0 for any number
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

    /** Takes another socket when the remote sent no message for so long; 0 for never, at most 86,400,000. */
    public Opening idleTimeout(int millis) {
        return with("idleTimeoutMillis", millis);
    }

    /**
     * Lets messages wait for a socket.
     *
     * @param maxBytes of all of them, 1,024 to 1,073,741,824
     */
    public Opening queueing(int maxBytes, Overflow overflow) {
        return with("queue", new JsonObject().put("maxBytes", maxBytes).put("policy", overflow.wireName));
    }

    /** Trusts these certificates, in PEM, instead of what the node's Java trusts. */
    public Opening trusting(String certificates) {
        return with("tls", tls().put("trust", certificates));
    }

    /**
     * Shows a certificate to a remote that asks for one.
     *
     * @param certificate in PEM, followed by those that vouch for it
     * @param key of it, in PEM
     */
    public Opening showing(String certificate, String key) {
        return with("tls", tls().put("certificate", certificate).put("key", key));
    }

    private JsonObject tls() {
        return request.getJsonObject("tls", new JsonObject()).copy();
    }

    /** Goes through a proxy. */
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
