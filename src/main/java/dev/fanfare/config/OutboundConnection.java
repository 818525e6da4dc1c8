package dev.fanfare.config;

import java.util.List;
import java.util.Map;

/**
 * A connection that this node opens to a remote server, as {@code outbound.connections} and the REST API describe it.
 * May hold secrets; {@code toString} shows none.
 *
 * @param hub the hub it belongs to
 * @param url ws or wss
 * @param connectionId empty = one is generated
 * @param subprotocols offered to the remote, which may choose any
 * @param headers additional headers of the request
 * @param query additional parameters of the URL
 * @param groups messages to these groups are sent to the remote
 * @param relay where the remote's messages go
 * @param onOpen messages sent after every connect
 * @param idleTimeoutMillis how long the remote may send no message; 0 = no limit
 * @param durable whether it outlives its node: another node of the cluster takes it over
 */
public record OutboundConnection(
        String hub,
        String url,
        String connectionId,
        List<String> subprotocols,
        @Secret Map<String, String> headers,
        @Secret Map<String, String> query,
        OutboundAuth auth,
        List<String> groups,
        Relay relay,
        List<FirstMessage> onOpen,
        Reconnect reconnect,
        @Range(min = 0, max = 86_400_000) int idleTimeoutMillis,
        Queue queue,
        OutboundTls tls,
        OutboundProxy proxy,
        boolean durable)
        implements Validated {

    /** The defaults of a connection. */
    public static final OutboundConnection DEFAULT = new OutboundConnection(
            "",
            "",
            "",
            List.of(),
            Map.of(),
            Map.of(),
            new OutboundAuth(new Basic("", ""), "", new JwtAuth("", "", List.of(), "", 300, "")),
            List.of(),
            new Relay(List.of()),
            List.of(),
            new Reconnect(true, 500, 30_000, 0),
            0,
            new Queue(1024 * 1024, Queue.Policy.DROP_OLDEST),
            new OutboundTls("", "", ""),
            new OutboundProxy(OutboundProxy.ProxyProtocol.HTTP, "", 0, "", ""),
            false);

    @Override
    public void check(ConfigProblems configProblems) {
        OutboundChecks.check(this, configProblems);
    }

    @Override
    public String toString() {
        return "OutboundConnection[hub=" + hub + ", connectionId=" + connectionId + "]";
    }

    /** How the node authenticates itself; at most one of the three. */
    public record OutboundAuth(Basic basic, @Secret String bearer, JwtAuth jwt) {
        @Override
        public String toString() {
            return "Auth";
        }
    }

    /** Basic authentication (RFC 7617); none without a user. */
    public record Basic(String user, @Secret String password) {
        @Override
        public String toString() {
            return "Basic";
        }
    }

    /**
     * A token that is made for each attempt.
     *
     * @param key the id of one of {@code outbound.keys}; empty = no token
     * @param issuer its {@code iss}; empty = none
     * @param audience its {@code aud}; none = the URL, with http for ws
     * @param subject its {@code sub}; empty = none
     * @param lifetimeSeconds how long it is valid
     * @param queryParameter which parameter of the URL carries it; empty = the Authorization header does
     */
    public record JwtAuth(
            String key,
            String issuer,
            List<String> audience,
            String subject,
            @Range(min = 1, max = 86_400) int lifetimeSeconds,
            String queryParameter) {}

    /** @param groups to which the remote's messages are published; none = they are events */
    public record Relay(List<String> groups) {}

    /** A message; exactly one of the two is set, and the second is binary. */
    public record FirstMessage(@Secret String text, @Secret String base64) implements Validated {

        /** No message. */
        public static final FirstMessage DEFAULT = new FirstMessage("", "");

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
     * What happens when the socket is lost or cannot be opened.
     *
     * @param enabled whether there are further attempts
     * @param initialDelayMillis the longest pause before the second attempt; it doubles with each
     * @param maxDelayMillis the bound that it does not exceed
     * @param maxAttempts consecutive attempts that may fail, 0 = no limit
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
     * Messages queued until there is a socket.
     *
     * @param maxBytes of all of them together
     * @param policy what happens to further messages
     */
    public record Queue(
            @Range(min = 1024, max = 1_073_741_824) int maxBytes, Policy policy) {

        /** What happens to messages that do not fit. */
        public enum Policy {
            DROP_OLDEST,
            DROP_NEWEST,
            CLOSE
        }
    }

    /**
     * TLS for wss. Each value is PEM, or, in the configuration only, the path of a file with it.
     *
     * @param trust trusted certificates; empty = those that Java trusts
     * @param certificate presented if the remote asks for one, followed by its chain
     * @param key the key of the certificate
     */
    public record OutboundTls(
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
     * The proxy through which the remote is reached; an empty host means none.
     *
     * @param user empty = no authentication
     */
    public record OutboundProxy(
            ProxyProtocol type,
            String host,
            @Range(min = 0, max = 65_535) int port,
            String user,
            @Secret String password)
            implements Validated {

        /** The proxy's protocol. */
        public enum ProxyProtocol {
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

        /** Whether there is a proxy. */
        public boolean used() {
            return !host.isEmpty();
        }

        @Override
        public String toString() {
            return "Proxy";
        }
    }
}
