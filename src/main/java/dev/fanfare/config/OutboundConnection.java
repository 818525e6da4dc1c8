package dev.fanfare.config;

import java.util.List;
import java.util.Map;

/**
 * A connection that this node opens to a remote server, as {@code outbound.connections} and the REST API describe it. May
 * hold secrets: what {@code toString} shows is safe.
 *
 * @param hub it belongs to
 * @param url ws or wss
 * @param connectionId empty = one is made
 * @param subprotocols that are offered; which one is chosen is of no concern to us
 * @param headers further ones of the request
 * @param query further parameters of the URL
 * @param groups messages to these are written to the remote
 * @param relay where the remote's messages go
 * @param onOpen what is sent after every connect
 * @param idleTimeoutMillis how long the remote may send no message; 0 = for ever
 * @param durable whether it outlives its node: another one of the cluster takes it over
 */
public record OutboundConnection(
        String hub,
        String url,
        String connectionId,
        List<String> subprotocols,
        @Secret Map<String, String> headers,
        @Secret Map<String, String> query,
        Auth auth,
        List<String> groups,
        Relay relay,
        List<Opening> onOpen,
        Reconnect reconnect,
        @Range(min = 0, max = 86_400_000) int idleTimeoutMillis,
        Queue queue,
        Tls tls,
        Proxy proxy,
        boolean durable)
        implements Validated {

    /** What a connection is unless it says otherwise. */
    public static final OutboundConnection DEFAULT = new OutboundConnection(
            "",
            "",
            "",
            List.of(),
            Map.of(),
            Map.of(),
            new Auth(new Basic("", ""), "", new Jwt("", "", List.of(), "", 300, "")),
            List.of(),
            new Relay(List.of()),
            List.of(),
            new Reconnect(true, 500, 30_000, 0),
            0,
            new Queue(1024 * 1024, Queue.Policy.DROP_OLDEST),
            new Tls("", "", ""),
            new Proxy(Proxy.Type.HTTP, "", 0, "", ""),
            false);

    @Override
    public void check(ConfigProblems configProblems) {
        OutboundChecks.check(this, configProblems);
    }

    @Override
    public String toString() {
        return "OutboundConnection[hub=" + hub + ", connectionId=" + connectionId + "]";
    }

    /** How the node proves who it is; at most one of the three. */
    public record Auth(Basic basic, @Secret String bearer, Jwt jwt) {
        @Override
        public String toString() {
            return "Auth";
        }
    }

    /** Basic authentication (RFC 7617); without a user there is none. */
    public record Basic(String user, @Secret String password) {
        @Override
        public String toString() {
            return "Basic";
        }
    }

    /**
     * A token that is made anew for each attempt.
     *
     * @param key the id of one of {@code outbound.keys}; empty = there is no token
     * @param issuer its {@code iss}; empty = none
     * @param audience its {@code aud}; none = the URL, with http for ws
     * @param subject its {@code sub}; empty = none
     * @param lifetimeSeconds how long it is good for
     * @param queryParameter which parameter of the URL carries it; empty = the Authorization header does
     */
    public record Jwt(
            String key,
            String issuer,
            List<String> audience,
            String subject,
            @Range(min = 1, max = 86_400) int lifetimeSeconds,
            String queryParameter) {}

    /** @param groups to which the remote's messages are published; none = they are events */
    public record Relay(List<String> groups) {}

    /** A message; exactly one of the two, of which the second is binary. */
    public record Opening(@Secret String text, @Secret String base64) implements Validated {

        /** No message. */
        public static final Opening DEFAULT = new Opening("", "");

        @Override
        public void check(ConfigProblems configProblems) {
            OutboundChecks.check(this, configProblems);
        }

        @Override
        public String toString() {
            return "Opening";
        }
    }

    /**
     * What happens when the socket is lost, or cannot be had.
     *
     * @param enabled whether it is tried again
     * @param initialDelayMillis the longest pause before the second attempt; it doubles with each
     * @param maxDelayMillis and does not grow beyond this
     * @param maxAttempts in a row that may fail, 0 = any number
     */
    public record Reconnect(
            boolean enabled,
            @Range(min = 1, max = 3_600_000) int initialDelayMillis,
            @Range(min = 1, max = 86_400_000) int maxDelayMillis,
            @Range(min = 0, max = 1_000_000_000) int maxAttempts)
            implements Validated {

        @Override
        public void check(ConfigProblems configProblems) {
            if (maxDelayMillis < initialDelayMillis) {
                configProblems.conflict(
                        "maxDelayMillis",
                        "is " + maxDelayMillis + "; it must be at least initialDelayMillis, which is "
                                + initialDelayMillis,
                        "initialDelayMillis",
                        "is " + initialDelayMillis + "; it must be at most maxDelayMillis, which is " + maxDelayMillis);
            }
        }
    }

    /**
     * Messages that wait for a socket.
     *
     * @param maxBytes of all of them
     * @param policy what becomes of more
     */
    public record Queue(
            @Range(min = 1024, max = 1_073_741_824) int maxBytes, Policy policy) {

        /** What becomes of messages when no more may wait. */
        public enum Policy {
            DROP_OLDEST,
            DROP_NEWEST,
            CLOSE
        }
    }

    /**
     * Of wss. Each is PEM, or, in the configuration only, the path of a file with it.
     *
     * @param trust certificates of whom to trust; empty = what Java trusts
     * @param certificate ours, if the remote asks; followed by those that vouch for it
     * @param key that goes with it
     */
    public record Tls(
            String trust, String certificate, @Secret String key) implements Validated {

        /** How a PEM begins. */
        public static final String PEM = "-----BEGIN ";

        @Override
        public void check(ConfigProblems configProblems) {
            OutboundChecks.check(this, configProblems);
        }

        @Override
        public String toString() {
            return "Tls";
        }
    }

    /**
     * Through which the remote is reached; an empty host means there is none.
     *
     * @param user empty = the proxy asks for none
     */
    public record Proxy(
            Type type,
            String host,
            @Range(min = 0, max = 65_535) int port,
            String user,
            @Secret String password) implements Validated {

        /** The proxy's protocol. */
        public enum Type {
            HTTP,
            SOCKS5
        }

        @Override
        public void check(ConfigProblems configProblems) {
            if (!host.isEmpty()) {
                Hosts.check(configProblems, "host", host);
            }
            if (!host.isEmpty() && port == 0) {
                configProblems.report("port", "is missing; a proxy needs one");
            }
            if (!password.isEmpty() && user.isEmpty()) {
                configProblems.report("user", "is missing; there is a password");
            }
        }

        /** Whether there is one. */
        public boolean used() {
            return !host.isEmpty();
        }

        @Override
        public String toString() {
            return "Proxy";
        }
    }
}
