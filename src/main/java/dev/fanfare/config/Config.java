package dev.fanfare.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a node: one immutable value, checked before anything starts. {@code conf/fanfare.yaml} says what
 * each key means; the defaults below equal that file.
 */
public record Config(
        Server server,
        Management management,
        Auth auth,
        Limits limits,
        Sessions sessions,
        KeepAlive keepAlive,
        Groups groups,
        Shutdown shutdown,
        Logging logging) {

    /** What a node does without any configuration. */
    public static final Config DEFAULT = new Config(
            new Server(true, "0.0.0.0", 8080, new Tls(false, 8443, "", ""), 0, 4096, 10, 60, List.of(), List.of()),
            new Management("127.0.0.1", 9090),
            new Auth(List.of(), 60, 8192, List.of()),
            new Limits(
                    50_000,
                    1024 * 1024,
                    1024 * 1024,
                    1024,
                    10_000,
                    1000,
                    128,
                    1024,
                    128,
                    1024,
                    1024 * 1024,
                    16 * 1024,
                    4 * 1024 * 1024,
                    16 * 1024 * 1024,
                    10_000,
                    64L * 1024 * 1024),
            new Sessions(60, 7, 1000),
            new KeepAlive(25, 75),
            new Groups(1024, 30),
            new Shutdown(0, 20, 500),
            new Logging("info", "text"));

    /**
     * Where clients and servers connect.
     *
     * @param plain whether there is a listener without TLS
     * @param port of the listener without TLS; 0 takes any free one
     * @param eventLoops how many event loops (and shards) serve connections; 0 = one per processor
     * @param acceptBacklog connections the kernel holds until they are accepted
     * @param handshakeTimeoutSeconds from accepted to upgraded, or to a complete REST request
     * @param httpIdleTimeoutSeconds how long a REST connection may say nothing
     * @param allowedOrigins the Origin headers of browsers that may connect; {@code *} allows all, none refuses browsers
     * @param publicEndpoints scheme and host under which clients reach us, checked in token audiences; none = any
     */
    public record Server(
            boolean plain,
            String host,
            int port,
            Tls tls,
            int eventLoops,
            int acceptBacklog,
            int handshakeTimeoutSeconds,
            int httpIdleTimeoutSeconds,
            List<String> allowedOrigins,
            List<String> publicEndpoints) {}

    /** The listener with TLS; key and certificate chain are PEM files. */
    public record Tls(boolean enabled, int port, String keyFile, String certificateFile) {}

    /** Where Prometheus and the orchestrator connect. */
    public record Management(String host, int port) {}

    /**
     * Whose tokens are believed.
     *
     * @param accessKeys shared secrets, several at once; none = one is made up at start
     * @param clockToleranceSeconds by how much clocks may differ
     * @param maxTokenBytes a longer token is refused unread
     */
    public record Auth(List<String> accessKeys, int clockToleranceSeconds, int maxTokenBytes, List<Issuer> issuers) {
        @Override
        public String toString() {
            return "Auth[accessKeys=" + accessKeys.size() + " (hidden), clockToleranceSeconds=" + clockToleranceSeconds
                    + ", maxTokenBytes=" + maxTokenBytes + ", issuers=" + issuers + "]";
        }
    }

    /**
     * An identity provider.
     *
     * @param issuer the {@code iss} of its tokens, exactly
     * @param audience accepted values of {@code aud}; at least one
     * @param hubs the hubs its tokens are good for; none = all
     * @param keys its public keys (or secrets), given here
     * @param jwksUrl where its keys are published; null if all are given here
     * @param jwksRefreshSeconds how often they are fetched
     * @param jwksCooldownSeconds the least time between fetches that unknown key ids cause
     * @param userClaim the claim that is the user id
     * @param rolesClaim the claim that lists roles
     * @param groupsClaim the claim that lists groups to join at connect
     * @param apiRole a token with this role may call the REST API; empty = none may
     * @param closeOnExpiry whether a connection ends with its token
     * @param expiryGraceSeconds how long after
     */
    public record Issuer(
            String issuer,
            List<String> audience,
            List<String> hubs,
            List<Key> keys,
            @Nullable String jwksUrl,
            int jwksRefreshSeconds,
            int jwksCooldownSeconds,
            String userClaim,
            String rolesClaim,
            String groupsClaim,
            String apiRole,
            boolean closeOnExpiry,
            int expiryGraceSeconds) {}

    /**
     * A key of an issuer: exactly one of {@code jwk} and {@code pem} is given.
     *
     * @param id the {@code kid} of its tokens; null = tokens need not name it
     * @param algorithm the only algorithm it verifies, such as {@code RS256}; null = as the JWK says
     * @param jwk a JSON Web Key as JSON text
     * @param pem a public key, or a certificate, in PEM; for HS algorithms the secret itself
     */
    public record Key(
            @Nullable String id,
            @Nullable String algorithm,
            @Nullable String jwk,
            @Nullable String pem) {
        @Override
        public String toString() {
            return "Key[id=" + id + ", algorithm=" + algorithm + "]";
        }
    }

    /**
     * What a stranger may ask of us.
     *
     * @param connections sockets and waiting sessions per node
     * @param messageBytes of a client message, all its frames together
     * @param frameBytes of one frame
     * @param framesPerMessage fragments of one message
     * @param messagesPerSecond frames and messages a connection may send on average; more are read later; 0 = any
     * @param groupsPerConnection groups a connection may be in
     * @param hubNameLength in characters
     * @param groupNameLength in characters
     * @param eventNameLength in characters
     * @param userIdLength in characters
     * @param restBodyBytes of a REST request
     * @param requestHeaderBytes of the request line and of all headers, each
     * @param outboundBytesPerConnection waiting for a slow reader
     * @param unacknowledgedBytesPerSession waiting for the acknowledgement of a reliable client
     * @param unacknowledgedMessagesPerSession likewise, in messages
     * @param inFlightBytes published on this node and not yet delivered; above it publishers wait
     */
    public record Limits(
            int connections,
            int messageBytes,
            int frameBytes,
            int framesPerMessage,
            int messagesPerSecond,
            int groupsPerConnection,
            int hubNameLength,
            int groupNameLength,
            int eventNameLength,
            int userIdLength,
            int restBodyBytes,
            int requestHeaderBytes,
            int outboundBytesPerConnection,
            int unacknowledgedBytesPerSession,
            int unacknowledgedMessagesPerSession,
            long inFlightBytes) {}

    /**
     * Sessions of reliable clients.
     *
     * @param recoverySeconds how long a session waits for its client
     * @param reconnectionTokenDays how long a reconnection token is good for
     * @param rememberedAckIds how many processed ackIds are known again
     */
    public record Sessions(int recoverySeconds, int reconnectionTokenDays, int rememberedAckIds) {}

    /**
     * Finding dead sockets.
     *
     * @param pingSeconds a ping is sent after so long without a word
     * @param silentSeconds and the socket closed after so long
     */
    public record KeepAlive(int pingSeconds, int silentSeconds) {}

    /**
     * Groups on the event bus.
     *
     * @param slots addresses that share all groups; equal on all nodes
     * @param lingerSeconds how long an address stays registered after its last local member left
     */
    public record Groups(int slots, int lingerSeconds) {}

    /**
     * Stopping.
     *
     * @param delaySeconds between not ready and no longer accepting, for load balancers to notice
     * @param timeoutSeconds in all, from the signal to exit
     * @param closeBatch how many connections are closed at a time
     */
    public record Shutdown(int delaySeconds, int timeoutSeconds, int closeBatch) {}

    /**
     * Logs on standard output.
     *
     * @param level error, warn, info, debug or trace
     * @param format text or json
     */
    public record Logging(String level, String format) {}
}
