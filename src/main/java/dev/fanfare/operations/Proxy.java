package dev.fanfare.operations;

import io.vertx.core.json.JsonObject;

/**
 * A proxy on the way to a remote server.
 *
 * @param user empty for no authentication
 */
public record Proxy(Type type, String host, int port, String user, String password) {

    /** Its protocol. */
    public enum Type {
        HTTP("http"),
        SOCKS5("socks5");

        private final String wireName;

        Type(String wireName) {
            this.wireName = wireName;
        }
    }

    /** A proxy without authentication. */
    public static Proxy of(Type type, String host, int port) {
        return new Proxy(type, host, port, "", "");
    }

    /** The same with authentication. */
    public Proxy as(String name, String secret) {
        return new Proxy(type, host, port, name, secret);
    }

    JsonObject json() {
        return new JsonObject()
                .put("type", type.wireName)
                .put("host", host)
                .put("port", port)
                .put("user", user)
                .put("password", password);
    }

    @Override
    public String toString() {
        return "Proxy[" + type + "]";
    }
}
