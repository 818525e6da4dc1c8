package dev.fanfare.config;

import dev.fanfare.core.EventPattern;
import dev.fanfare.core.GroupPattern;
import dev.fanfare.core.Names;
import dev.fanfare.core.OperationClass;
import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.alert.AlertCause;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a node: one immutable value, checked before anything starts. {@code conf/fanfare.yaml} documents
 * each key; the defaults below equal that file.
 *
 * <p>A new key is a component here, with a {@link Range} if it is a number, its default, and its lines in that file; a
 * section in a list has its defaults in a constant {@code DEFAULT}. {@link ConfigLoader} needs no change.
 *
 * @param hubs by name as written; {@link #ANY_HUB} applies to hubs that are not named. {@link Hubs} finds the section
 *     of a hub.
 */
public record Config(
        Server server,
        Management management,
        Auth auth,
        Limits limits,
        Sessions sessions,
        KeepAlive keepAlive,
        Groups groups,
        ClusterSettings cluster,
        StoreSettings store,
        RevocationSettings revocations,
        Map<String, Hub> hubs,
        Outbound outbound,
        ReloadSettings reload,
        AlertSettings alerts,
        Start start,
        Shutdown shutdown,
        Logging logging,
        ExamplesSettings examples)
        implements Validated {

    /** The key of the section for all hubs. */
    public static final String ANY_HUB = Binder.ANY;

    /** The configuration without a file or variables. */
    public static final Config DEFAULT = new Config(
            new Server(true, "0.0.0.0", 8080, Tls.OFF, 0, 4096, 10, 60, 0, List.of(), List.of(), List.of()),
            new Management("127.0.0.1", 9090),
            new Auth(List.of(), List.of(), false, 0, 60, 8192, 50, List.of()),
            new Limits(
                    50_000,
                    10_000,
                    1024 * 1024,
                    1024 * 1024,
                    1024,
                    60,
                    10_000,
                    32 * 1024 * 1024,
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
                    0,
                    0,
                    64L * 1024 * 1024,
                    64L * 1024 * 1024,
                    0,
                    0,
                    0,
                    600,
                    SharedLimits.NONE,
                    SharedLimits.NONE),
            new Sessions(60, 7, 1000),
            new KeepAlive(25, 75),
            new Groups(4_194_304, 30),
            new ClusterSettings(
                    false,
                    "fanfare",
                    "",
                    5701,
                    15_701,
                    List.of(),
                    "",
                    new ClusterTlsSettings(ClusterTlsSettings.ClusterTlsMode.DERIVED, "", "", "")),
            new StoreSettings(StoreSettings.StoreEngine.MEMORY, "", 0, List.of()),
            new RevocationSettings(30),
            Map.of(
                    ANY_HUB,
                    new Hub(
                            new Compression(false, 1024, 100),
                            SlowConsumerPolicy.DISCONNECT,
                            List.of(),
                            List.of(),
                            BusEvents.NONE,
                            SharedLimits.NONE,
                            0,
                            ConsumerSettings.OFF,
                            new PublisherSettings(List.of()))),
            new Outbound(List.of(), 10, 5, List.of(), List.of()),
            new ReloadSettings(0),
            AlertSettings.DEFAULT,
            new Start(0, 5000),
            new Shutdown(0, 20, 5),
            new Logging(Logging.Level.INFO, Logging.LogFormat.TEXT),
            new ExamplesSettings(false));

    /**
     * A copy in which one key has another value, which is not checked. Any thread.
     *
     * @param key dotted, as in the documentation, such as {@code server.tls.port}
     * @param value of the key's type
     * @throws IllegalArgumentException if there is no such key, or the value is of another type
     */
    public Config with(String key, Object value) {
        return Records.with(this, key, value);
    }

    @Override
    public void check(ConfigProblems configProblems) {
        checkManagementPort(configProblems, "server.port", server.plain, server.port);
        checkManagementPort(configProblems, "server.tls.port", server.tls.enabled, server.tls.port);
        HubNames.check(hubs.keySet(), limits.hubNameLength, configProblems);
        if (cluster.enabled && auth.accessKeys.isEmpty()) {
            configProblems.conflict(
                    "auth.accessKeys",
                    "cluster.enabled",
                    "is empty; the nodes of a cluster need the same key, so none can be generated");
        }
        if (store.engine == StoreSettings.StoreEngine.REPLICATED && !cluster.enabled) {
            configProblems.conflict(
                    "store.engine",
                    "cluster.enabled",
                    "is replicated, but cluster.enabled is not set: there are no nodes to replicate to. Set it, also for"
                            + " a single node that others will join, or use memory or file");
        }
        ConsumerRules.checkStore(this, configProblems);
        OutboundChecks.checkKeysAreApart(auth, outbound, configProblems);
        for (int i = 0; i < outbound.connections.size(); i++) {
            ConfigProblems own = configProblems.in("outbound.connections[" + i + "]");
            OutboundChecks.checkNames(outbound.connections.get(i), limits, own);
        }
    }

    private void checkManagementPort(ConfigProblems configProblems, String other, boolean listens, int port) {
        boolean sharesHost =
                management.host.equals(server.host) || isAnyHost(management.host) || isAnyHost(server.host);
        if (listens && port != 0 && port == management.port && sharesHost) {
            configProblems.conflict(
                    "management.port", other, "is " + port + ", as " + other + " is; give each its own");
        }
    }

    private static boolean isAnyHost(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    private static void checkFilled(ConfigProblems configProblems, String key, String value) {
        if (value.isBlank()) {
            configProblems.report(key, "is empty; it must have a value");
        }
    }

    private static void checkFilled(ConfigProblems configProblems, String key, List<String> values) {
        for (int i = 0; i < values.size(); i++) {
            checkFilled(configProblems, key + "[" + i + "]", values.get(i));
        }
    }

    /**
     * Where clients and servers connect.
     *
     * @param plain whether there is a listener without TLS
     * @param port of the listener without TLS; 0 takes any free one
     * @param eventLoops how many event loops (and shards) serve connections; 0 = one per processor
     * @param acceptBacklog connections the kernel holds until they are accepted
     * @param handshakeTimeoutSeconds from accepted to upgraded, or to a complete REST request
     * @param httpIdleTimeoutSeconds how long a REST connection may be idle
     * @param maxConnectionAgeSeconds the age at which a client's socket is closed, plus or minus a fifth; 0 = never
     * @param allowedOrigins the Origin headers of browsers that may connect; {@code *} allows all, none refuses browsers
     * @param publicEndpoints scheme and host under which clients reach the node, checked in token audiences; none = any
     * @param trustedProxies addresses and networks of proxies that are trusted to name the client's address
     */
    public record Server(
            boolean plain,
            String host,
            @Range(min = 0, max = 65_535) int port,
            Tls tls,
            @Range(min = 0, max = 1024) int eventLoops,
            @Range(min = 1, max = 65_535) int acceptBacklog,
            @Range(min = 1, max = 3600) int handshakeTimeoutSeconds,
            @Range(min = 1, max = 86_400) int httpIdleTimeoutSeconds,
            @Range(min = 0, max = 2_592_000) int maxConnectionAgeSeconds,
            List<String> allowedOrigins,
            List<String> publicEndpoints,
            List<String> trustedProxies)
            implements Validated {

        @Override
        public void check(ConfigProblems configProblems) {
            Hosts.check(configProblems, "host", host);
            if (!plain && !tls.enabled) {
                configProblems.conflict(
                        "plain", "tls.enabled", "is false and so is server.tls.enabled; no client could connect");
            }
            if (plain && tls.enabled && port != 0 && port == tls.port) {
                configProblems.conflict("tls.port", "port", "is " + port + ", as server.port is; give each its own");
            }
            for (int i = 0; i < allowedOrigins.size(); i++) {
                Urls.checkOrigin(configProblems, "allowedOrigins[" + i + "]", allowedOrigins.get(i));
            }
            for (int i = 0; i < publicEndpoints.size(); i++) {
                Urls.checkEndpoint(configProblems, "publicEndpoints[" + i + "]", publicEndpoints.get(i));
            }
            for (int i = 0; i < trustedProxies.size(); i++) {
                if (Network.parse(trustedProxies.get(i)) == null) {
                    configProblems.report(
                            "trustedProxies[" + i + "]",
                            "is " + ConfigProblems.quoted(trustedProxies.get(i))
                                    + "; it must be an address or a network, such as 10.0.0.0/8 or 2001:db8::/32");
                }
            }
        }
    }

    /**
     * The listener with TLS; it binds the same host.
     *
     * @param port 0 takes any free one
     * @param keyFile the private key, PEM; empty with a key store
     * @param certificateFile the certificate and its chain, PEM; empty with a key store
     * @param keyStoreFile both of them as PKCS12; empty with PEM
     * @param keyStorePassword of that file
     * @param clientCertificates whether clients present certificates
     * @param trustFile the authorities whose client certificates are accepted, PEM
     * @param revocationFile revoked client certificates, a CRL; empty = none
     * @param protocols of {@code TLSv1.2} and {@code TLSv1.3}, at least one
     * @param ciphers names of the JDK; none = those of the JDK with forward secrecy and authenticated encryption
     * @param reloadSeconds how often the files are checked for changes; 0 = never
     */
    public record Tls(
            boolean enabled,
            @Range(min = 0, max = 65_535) int port,
            String keyFile,
            String certificateFile,
            String keyStoreFile,
            @Secret String keyStorePassword,
            ClientCertificateMode clientCertificates,
            String trustFile,
            String revocationFile,
            List<String> protocols,
            List<String> ciphers,
            @Range(min = 0, max = 86_400) int reloadSeconds)
            implements Validated {

        /** Whether clients present certificates. */
        public enum ClientCertificateMode {
            /** None is requested. */
            NONE,
            /** One is requested but not required; if presented, it must be valid. */
            OPTIONAL,
            /** Clients without a valid one are refused. */
            REQUIRED
        }

        static final Tls OFF = new Tls(
                false,
                8443,
                "",
                "",
                "",
                "",
                ClientCertificateMode.NONE,
                "",
                "",
                List.of("TLSv1.2", "TLSv1.3"),
                List.of(),
                30);

        @Override
        public void check(ConfigProblems configProblems) {
            if (enabled) {
                TlsFiles.check(this, configProblems);
            }
            TlsFiles.checkNames(this, configProblems);
        }

        @Override
        public String toString() {
            return "Tls[enabled=" + enabled + ", port=" + port + ", clientCertificates=" + clientCertificates + "]";
        }
    }

    /** Where Prometheus and the orchestrator connect. */
    public record Management(
            String host, @Range(min = 0, max = 65_535) int port) implements Validated {
        @Override
        public void check(ConfigProblems configProblems) {
            Hosts.check(configProblems, "host", host);
        }
    }

    /**
     * Which tokens are accepted.
     *
     * @param accessKeys shared secrets of at least {@link #MIN_ACCESS_KEY_BYTES}, all valid at once; none = one is
     *     generated at startup
     * @param scopedKeys further ones that are good for some hubs or some operations only
     * @param closeOnExpiry whether a connection ends with its token, if an access key signed the token
     * @param expiryGraceSeconds how long after the expiry
     * @param clockToleranceSeconds the tolerated clock skew
     * @param maxTokenBytes longer tokens are refused unread
     * @param failedTokensPerSecond invalid tokens from one address, in the long run, before its answers are delayed; 0
     *     = no limit
     */
    public record Auth(
            @Secret List<String> accessKeys,
            List<ScopedKey> scopedKeys,
            boolean closeOnExpiry,
            @Range(min = 0, max = 86_400) int expiryGraceSeconds,
            @Range(min = 0, max = 3600) int clockToleranceSeconds,
            @Range(min = 256, max = 65_536) int maxTokenBytes,
            @Range(min = 0, max = 1_000_000) int failedTokensPerSecond,
            List<Issuer> issuers)
            implements Validated {

        /** HS256 takes keys of at least the size of its hash (RFC 7518, 3.2). */
        public static final int MIN_ACCESS_KEY_BYTES = 32;

        @Override
        public void check(ConfigProblems configProblems) {
            for (int i = 0; i < accessKeys.size(); i++) {
                String key = "accessKeys[" + i + "]";
                AccessKeys.problem(accessKeys.get(i)).ifPresent(problem -> configProblems.report(key, problem));
                int first = accessKeys.indexOf(accessKeys.get(i));
                if (first < i) {
                    configProblems.report(key, "equals auth.accessKeys[" + first + "]; remove one of them");
                }
            }
            AccessKeys.checkScoped(accessKeys, scopedKeys, configProblems);
            IssuerKeys.checkApart(accessKeys, scopedKeys, issuers, configProblems);
            List<String> names = issuers.stream().map(Issuer::issuer).toList();
            for (int i = 0; i < names.size(); i++) {
                int first = names.indexOf(names.get(i));
                if (first < i) {
                    String twice = "equals auth.issuers[" + first + "].issuer; put all its keys there";
                    configProblems.report("issuers[" + i + "].issuer", twice);
                }
            }
        }

        @Override
        public String toString() {
            return "Auth[accessKeys=" + accessKeys.size() + " (hidden), scopedKeys=" + scopedKeys + ", closeOnExpiry="
                    + closeOnExpiry
                    + ", expiryGraceSeconds=" + expiryGraceSeconds
                    + ", clockToleranceSeconds=" + clockToleranceSeconds
                    + ", failedTokensPerSecond=" + failedTokensPerSecond
                    + ", maxTokenBytes=" + maxTokenBytes + ", issuers=" + issuers + "]";
        }
    }

    /**
     * A key for some hubs or some operations only.
     *
     * @param name in the audit log and in refusals
     * @param key a shared secret as an access key is
     * @param hubs the hubs it is good for; none = all, and what belongs to no hub
     * @param operations what it is good for: names of {@link OperationClass}, at least one
     */
    public record ScopedKey(String name, @Secret String key, List<String> hubs, List<String> operations)
            implements Validated {

        /** The defaults of a key. */
        public static final ScopedKey DEFAULT = new ScopedKey("", "", List.of(), List.of());

        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
        private static final String OPERATIONS =
                Arrays.stream(OperationClass.values()).map(OperationClass::text).collect(Collectors.joining(", "));

        @Override
        public void check(ConfigProblems configProblems) {
            if (!NAME.matcher(name).matches()) {
                configProblems.report(
                        "name",
                        "is " + ConfigProblems.quoted(name)
                                + "; it must be 1 to 64 of the characters A-Z, a-z, 0-9, '.', '_' and '-'");
            }
            AccessKeys.problem(key).ifPresent(problem -> configProblems.report("key", problem));
            checkFilled(configProblems, "hubs", hubs);
            if (operations.isEmpty()) {
                configProblems.report("operations", "is empty; it must have at least one of " + OPERATIONS);
            }
            for (int i = 0; i < operations.size(); i++) {
                if (OperationClass.named(operations.get(i)) == null) {
                    configProblems.report(
                            "operations[" + i + "]",
                            "is " + ConfigProblems.quoted(operations.get(i)) + "; it must be one of " + OPERATIONS);
                }
            }
        }

        @Override
        public String toString() {
            return "ScopedKey[name=" + name + ", hubs=" + hubs + ", operations=" + operations + "]";
        }
    }

    /**
     * An identity provider.
     *
     * @param issuer the {@code iss} of its tokens, exactly
     * @param audience accepted values of {@code aud}; at least one
     * @param hubs the hubs its tokens are valid for; none = all
     * @param keys its public keys (or secrets), given here
     * @param jwksUrl where its keys are published; null if all are given here
     * @param jwksRefreshSeconds how often they are fetched
     * @param jwksCooldownSeconds the least time between fetches caused by unknown key ids
     * @param userClaim the claim that is the user id
     * @param rolesClaim the claim that lists roles; empty = none
     * @param groupsClaim the claim that lists groups to join at connect; empty = none
     * @param apiRole the role of tokens that may call the REST API; empty = none may
     * @param closeOnExpiry whether a connection ends with its token
     * @param expiryGraceSeconds how long after the expiry
     */
    public record Issuer(
            String issuer,
            List<String> audience,
            List<String> hubs,
            List<JwtKey> keys,
            @Nullable String jwksUrl,
            @Range(min = 1, max = 604_800) int jwksRefreshSeconds,
            @Range(min = 1, max = 86_400) int jwksCooldownSeconds,
            String userClaim,
            String rolesClaim,
            String groupsClaim,
            String apiRole,
            boolean closeOnExpiry,
            @Range(min = 0, max = 86_400) int expiryGraceSeconds)
            implements Validated {

        /** The defaults of an issuer. */
        public static final Issuer DEFAULT =
                new Issuer("", List.of(), List.of(), List.of(), null, 3600, 30, "sub", "roles", "groups", "", false, 0);

        @Override
        public void check(ConfigProblems configProblems) {
            checkFilled(configProblems, "issuer", issuer);
            checkFilled(configProblems, "userClaim", userClaim);
            checkFilled(configProblems, "audience", audience);
            checkFilled(configProblems, "hubs", hubs);
            if (audience.isEmpty()) {
                configProblems.report(
                        "audience", "is empty; tokens for other services would be accepted, so name ours");
            }
            if (jwksUrl != null) {
                Urls.checkUrl(configProblems, "jwksUrl", jwksUrl);
            } else if (keys.isEmpty()) {
                configProblems.report("keys", "is empty and there is no jwksUrl; give at least one of them");
            }
            checkKeyIds(configProblems);
        }

        private void checkKeyIds(ConfigProblems configProblems) {
            List<@Nullable String> ids =
                    keys.stream().<@Nullable String>map(JwtKey::id).toList();
            for (int i = 0; i < ids.size(); i++) {
                int first = ids.indexOf(ids.get(i));
                if (ids.get(i) != null && first < i) {
                    configProblems.report("keys[" + i + "].id", "equals that of keys[" + first + "]; ids must differ");
                }
            }
        }
    }

    /**
     * A key of an issuer: exactly one of {@code jwk} and {@code pem} is given.
     *
     * @param id the {@code kid} of its tokens; null = tokens need not name it
     * @param algorithm the only algorithm it verifies, such as {@code RS256}; null = as the JWK says; needed with PEM
     * @param jwk a JSON Web Key as JSON text
     * @param pem a public key, or a certificate, in PEM; for HS algorithms the secret itself
     */
    public record JwtKey(
            @Nullable String id,
            @Nullable String algorithm,
            @Secret @Nullable String jwk,
            @Secret @Nullable String pem) implements Validated {

        /** The defaults of a key. */
        public static final JwtKey DEFAULT = new JwtKey(null, null, null, null);

        @Override
        public void check(ConfigProblems configProblems) {
            IssuerKeys.check(this, configProblems);
        }

        @Override
        public String toString() {
            return "Key[id=" + id + ", algorithm=" + algorithm + "]";
        }
    }

    /**
     * Limits on what clients and servers may use.
     *
     * @param connections sockets and waiting sessions per node
     * @param httpConnections HTTP connections per node that are not WebSockets, or not yet
     * @param messageBytes of a client message, all its frames together
     * @param frameBytes of one frame
     * @param framesPerMessage fragments of one message
     * @param messageSeconds from the first byte of a client message to its last, regardless of control frames in
     *     between
     * @param messagesPerSecond frames of all kinds, and messages, that a connection may send on average; more are read
     *     later; 0 = no limit
     * @param bytesPerSecond bytes that a connection may send on average; more are read later; 0 = no limit
     * @param groupsPerConnection groups a connection may be in
     * @param hubNameLength in characters
     * @param groupNameLength in characters
     * @param eventNameLength in characters
     * @param userIdLength in characters
     * @param restBodyBytes the body of a REST request
     * @param requestHeaderBytes the request line and all headers, each, besides the names in them
     * @param outboundBytesPerConnection queued for a slow reader
     * @param unacknowledgedBytesPerSession unacknowledged by a reliable client
     * @param unacknowledgedMessagesPerSession likewise, in messages
     * @param outboundBytesPerNode queued for all slow readers and unacknowledged by all reliable clients, together; 0 =
     *     half of the heap, see {@link #keptBytes}
     * @param inboundBytesPerNode held of what all clients and servers send, together: incomplete messages, names of
     *     groups, sessions, REST bodies; 0 = a quarter of the heap, see {@link #inboundBytesOf}
     * @param inFlightBytes published on this node and not yet delivered; above it publishers wait (backpressure)
     * @param eventBytes events in flight to handlers, and their answers; above it events fail
     * @param eventLoopLagMillis how late an event loop may run before it refuses new clients; 0 = any time
     * @param apiCallsPerSecond REST calls of each key; 0 = no limit
     * @param failedHandshakes from one address, after which its handshakes pause, longer after each further one; 0 = no
     *     limit
     * @param blockSeconds the longest pause, and after how long failed handshakes are forgotten
     * @param perUser of the connections of each user of a hub
     * @param perAddress of the connections from each address
     */
    public record Limits(
            @Range(min = 1, max = 10_000_000) int connections,
            @Range(min = 1, max = 10_000_000) int httpConnections,
            @Range(min = 1024, max = 268_435_456) int messageBytes,
            @Range(min = 1024, max = 268_435_456) int frameBytes,
            @Range(min = 1, max = 1_048_576) int framesPerMessage,
            @Range(min = 1, max = 86_400) int messageSeconds,
            @Range(min = 0, max = 1_000_000) int messagesPerSecond,
            @Range(min = 0, max = 1_000_000_000) int bytesPerSecond,
            @Range(min = 1, max = 1_000_000) int groupsPerConnection,
            @Range(min = 1, max = 1024) int hubNameLength,
            @Range(min = 1, max = 4096) int groupNameLength,
            @Range(min = 1, max = 1024) int eventNameLength,
            @Range(min = 1, max = 4096) int userIdLength,
            @Range(min = 1024, max = 268_435_456) int restBodyBytes,
            @Range(min = 1024, max = 1_048_576) int requestHeaderBytes,
            @Range(min = 1024, max = 1_073_741_824) int outboundBytesPerConnection,
            @Range(min = 1024, max = 1_073_741_824) int unacknowledgedBytesPerSession,
            @Range(min = 1, max = 1_000_000) int unacknowledgedMessagesPerSession,

            @Range(min = 0, max = 1_099_511_627_776L) long outboundBytesPerNode,
            @Range(min = 0, max = 1_099_511_627_776L) long inboundBytesPerNode,
            @Range(min = 1024, max = 1_099_511_627_776L) long inFlightBytes,
            @Range(min = 1024, max = 1_099_511_627_776L) long eventBytes,
            @Range(min = 0, max = 60_000) int eventLoopLagMillis,
            @Range(min = 0, max = 1_000_000) int apiCallsPerSecond,
            @Range(min = 0, max = 1_000_000) int failedHandshakes,
            @Range(min = 1, max = 86_400) int blockSeconds,
            SharedLimits perUser,
            SharedLimits perAddress)
            implements Validated {

        /** The lengths of names. */
        public Names names() {
            return new Names(hubNameLength, groupNameLength, eventNameLength, userIdLength);
        }

        @Override
        public void check(ConfigProblems configProblems) {
            if (frameBytes > messageBytes) {
                configProblems.conflict(
                        "frameBytes",
                        "messageBytes",
                        "is " + frameBytes + "; it must be at most limits.messageBytes, which is " + messageBytes);
            }
            checkHoldsOne(configProblems, "outboundBytesPerConnection", outboundBytesPerConnection);
            checkHoldsOne(configProblems, "unacknowledgedBytesPerSession", unacknowledgedBytesPerSession);
            checkHoldsOne(configProblems, "inFlightBytes", inFlightBytes);
            checkHolds(configProblems, "eventBytes", eventBytes, "messageBytes", messageBytes);
            if (outboundBytesPerNode != 0) {
                checkNode(configProblems, "outboundBytesPerConnection", outboundBytesPerConnection);
                checkNode(configProblems, "unacknowledgedBytesPerSession", unacknowledgedBytesPerSession);
            }
            if (inboundBytesPerNode != 0) {
                checkHoldsOne(configProblems, "inboundBytesPerNode", inboundBytesPerNode);
            }
        }

        private void checkNode(ConfigProblems configProblems, String one, long bytes) {
            checkHolds(configProblems, "outboundBytesPerNode", outboundBytesPerNode, one, bytes);
        }

        /** The effective {@code outboundBytesPerNode} of this process. */
        public long keptBytes() {
            return outboundBytesPerNode == 0 ? Runtime.getRuntime().maxMemory() / 2 : outboundBytesPerNode;
        }

        /** The share of {@code inboundBytesPerNode} of each event loop; one message or body always fits. */
        public long inboundBytesOf(int eventLoops) {
            long node = inboundBytesPerNode == 0 ? Runtime.getRuntime().maxMemory() / 4 : inboundBytesPerNode;
            return Math.max(node / eventLoops, 2L * Math.max(messageBytes, restBodyBytes));
        }

        /** A message larger than its queue could never be sent. */
        private void checkHoldsOne(ConfigProblems configProblems, String queue, long bytes) {
            checkHolds(configProblems, queue, bytes, "messageBytes", messageBytes);
            checkHolds(configProblems, queue, bytes, "restBodyBytes", restBodyBytes);
        }

        private static void checkHolds(
                ConfigProblems configProblems, String queue, long bytes, String other, long needed) {
            if (bytes < needed) {
                String text = "is " + bytes + "; it must be at least limits." + other + ", which is " + needed;
                configProblems.conflict(queue, other, text);
            }
        }
    }

    /**
     * Limits that connections share on a node; 0 = no limit.
     *
     * @param connections open ones, and sessions that wait for recovery
     * @param handshakesPerSecond new ones
     * @param messagesPerSecond that all of them send on average; more are read later
     * @param bytesPerSecond that all of them send on average; more are read later
     * @param joinsPerSecond of groups, by clients
     */
    public record SharedLimits(
            @Range(min = 0, max = 10_000_000) int connections,
            @Range(min = 0, max = 1_000_000) int handshakesPerSecond,
            @Range(min = 0, max = 10_000_000) int messagesPerSecond,
            @Range(min = 0, max = Integer.MAX_VALUE) int bytesPerSecond,
            @Range(min = 0, max = 1_000_000) int joinsPerSecond) {

        /** Nothing is limited. */
        public static final SharedLimits NONE = new SharedLimits(0, 0, 0, 0, 0);

        /** Whether anything is limited. */
        public boolean any() {
            return !equals(NONE);
        }
    }

    /**
     * Sessions of reliable clients.
     *
     * @param recoverySeconds how long a session waits for its client
     * @param reconnectionTokenDays how long a reconnection token is valid
     * @param rememberedAckIds how many processed ackIds are remembered
     */
    public record Sessions(
            @Range(min = 1, max = 86_400) int recoverySeconds,
            @Range(min = 1, max = 365) int reconnectionTokenDays,
            @Range(min = 1, max = 1_000_000) int rememberedAckIds) {}

    /**
     * Revocations of tokens, users and addresses.
     *
     * @param defaultDays how long a revocation lasts that does not say when it ends
     */
    public record RevocationSettings(
            @Range(min = 1, max = 3650) int defaultDays) {}

    /**
     * Detection of dead sockets.
     *
     * @param pingSeconds a ping is sent after so long without receiving anything
     * @param silentSeconds and the socket is closed after so long
     */
    public record KeepAlive(
            @Range(min = 1, max = 86_400) int pingSeconds,
            @Range(min = 2, max = 172_800) int silentSeconds) implements Validated {

        @Override
        public void check(ConfigProblems configProblems) {
            if (silentSeconds <= pingSeconds) {
                String text =
                        "is " + silentSeconds + "; it must be more than keepAlive.pingSeconds, which is " + pingSeconds;
                configProblems.conflict("silentSeconds", "pingSeconds", text);
            }
        }
    }

    /**
     * How nodes track where the members of groups are.
     *
     * @param slots how many slots all groups share; equal on all nodes
     * @param lingerSeconds how long a node stays subscribed to a slot after its last local member left
     */
    public record Groups(
            @Range(min = 1, max = 16_777_216) int slots,
            @Range(min = 0, max = 86_400) int lingerSeconds) {}

    /**
     * The cluster that the node belongs to.
     *
     * @param name nodes of clusters with different names refuse each other
     * @param host the address at which the other nodes reach this one
     * @param port of the grid, through which members find one another
     * @param busPort of the event bus between nodes
     * @param members {@code host:port} of the grid of some members, with or without this one; the default port is
     *     {@code port}
     * @param dns a name that resolves to the addresses of all members, instead of {@code members}
     */
    public record ClusterSettings(
            boolean enabled,
            String name,
            String host,
            @Range(min = 1, max = 65_535) int port,
            @Range(min = 1, max = 65_535) int busPort,
            List<String> members,
            String dns,
            ClusterTlsSettings tls)
            implements Validated {

        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
        private static final Pattern MEMBER =
                Pattern.compile("([^\\s:/@\\[\\]]+|\\[([0-9a-fA-F:.]+)\\])(?::([1-9][0-9]{0,4}))?");
        private static final int MAX_PORT = 65_535;

        @Override
        public void check(ConfigProblems configProblems) {
            if (!NAME.matcher(name).matches()) {
                configProblems.report(
                        "name",
                        "is " + ConfigProblems.quoted(name)
                                + "; it must be 1 to 64 of the characters A-Z, a-z, 0-9, '.', '_' and '-'");
            }
            if (!enabled) {
                return;
            }
            Hosts.check(configProblems, "host", host);
            if (members.isEmpty() == dns.isBlank()) {
                String text = members.isEmpty()
                        ? "is empty and so is cluster.dns; one of them must say where other nodes are"
                        : "is given and so is cluster.dns; only one of them can hold";
                configProblems.report("members", text);
            }
            for (int i = 0; i < members.size(); i++) {
                if (!isMember(members.get(i))) {
                    configProblems.report(
                            "members[" + i + "]",
                            "is " + ConfigProblems.quoted(members.get(i))
                                    + "; it must be host:port, such as 10.0.0.1:5701");
                }
            }
            if (!dns.isBlank()) {
                Hosts.check(configProblems, "dns", dns);
            }
            if (port == busPort) {
                configProblems.conflict("busPort", "port", "is " + port + ", as cluster.port is; give each its own");
            }
        }

        private static boolean isMember(String text) {
            Matcher member = MEMBER.matcher(text);
            return member.matches()
                    && Hosts.isValid(member.group(2) == null ? member.group(1) : member.group(2))
                    && (member.group(3) == null || isPort(Integer.parseInt(member.group(3))));
        }

        private static boolean isPort(int port) {
            return port > 0 && port <= MAX_PORT;
        }
    }

    /**
     * TLS between nodes, of the grid and of the event bus; both ends present a certificate.
     *
     * @param certificateFile this node's certificate, PEM
     * @param keyFile its private key, PEM
     * @param caFile the authorities of all nodes' certificates, PEM
     */
    public record ClusterTlsSettings(ClusterTlsMode mode, String certificateFile, String keyFile, String caFile)
            implements Validated {

        private static final String NEEDED = "; cluster.tls.mode files needs a PEM file here";

        /** Where certificates come from. */
        public enum ClusterTlsMode {
            /** Each node issues its own, by an authority that is derived from an access key. */
            DERIVED,
            /** From the files. */
            FILES,
            /** There are none, and no TLS. */
            OFF
        }

        @Override
        public void check(ConfigProblems configProblems) {
            if (mode == ClusterTlsMode.FILES) {
                TlsFiles.checkFile(configProblems, "certificateFile", certificateFile, NEEDED);
                TlsFiles.checkFile(configProblems, "keyFile", keyFile, NEEDED);
                TlsFiles.checkFile(configProblems, "caFile", caFile, NEEDED);
            } else {
                checkLeftOut(configProblems, "certificateFile", certificateFile);
                checkLeftOut(configProblems, "keyFile", keyFile);
                checkLeftOut(configProblems, "caFile", caFile);
            }
        }

        private void checkLeftOut(ConfigProblems configProblems, String key, String file) {
            if (!file.isBlank()) {
                configProblems.conflict(
                        key, "mode", "is given, but cluster.tls.mode is not files; set it, or leave this one out");
            }
        }
    }

    /**
     * Where the node keeps state that outlives connections.
     *
     * @param folder of the engine {@link StoreEngine#FILE}; with {@link StoreEngine#REPLICATED} empty for memory only
     * @param bytesPerNode that the state may take, with what it costs besides its content; 0 = an eighth of the heap
     * @param lostDisks names of folders of other nodes that never return, with {@link StoreEngine#REPLICATED}
     */
    public record StoreSettings(
            StoreEngine engine,
            String folder,
            @Range(min = 0, max = 1_099_511_627_776L) long bytesPerNode,
            List<String> lostDisks)
            implements Validated {

        private static final long MIN_BYTES = 1024 * 1024;
        private static final int HEAP_SHARE = 8;

        /** What the state survives. */
        public enum StoreEngine {
            /** Nothing. */
            MEMORY,
            /** The process, and a loss of power. */
            FILE,
            /** Any node, as long as another one has a copy. */
            REPLICATED
        }

        /** The same with the default resolved. */
        public long maxBytes() {
            return bytesPerNode == 0 ? Runtime.getRuntime().maxMemory() / HEAP_SHARE : bytesPerNode;
        }

        @Override
        public void check(ConfigProblems configProblems) {
            if (bytesPerNode != 0 && bytesPerNode < MIN_BYTES) {
                configProblems.report("bytesPerNode", "is " + bytesPerNode + "; it must be 0 or at least " + MIN_BYTES);
            }
            if (engine == StoreEngine.FILE && folder.isBlank()) {
                configProblems.report("folder", "is empty; store.engine file needs a folder of its own");
            } else if (engine != StoreEngine.MEMORY && !folder.isBlank()) {
                checkFolder(configProblems);
            }
            if (!lostDisks.isEmpty() && (engine != StoreEngine.REPLICATED || folder.isBlank())) {
                configProblems.conflict(
                        "lostDisks", "engine", "is given, but there is no store.folder of store.engine replicated");
            }
        }

        private void checkFolder(ConfigProblems configProblems) {
            try {
                Path path = Path.of(folder).toAbsolutePath();
                Path parent = path.getParent();
                if (Files.exists(path) ? !Files.isDirectory(path) : parent == null || !Files.isDirectory(parent)) {
                    configProblems.report(
                            "folder",
                            "is " + ConfigProblems.quoted(folder)
                                    + "; it must be a folder, or a new one in an existing folder");
                } else if (Files.exists(path) && !Files.isWritable(path)) {
                    configProblems.report(
                            "folder", "is " + ConfigProblems.quoted(folder) + ", which this user cannot write");
                }
            } catch (InvalidPathException e) {
                configProblems.report("folder", "is " + ConfigProblems.quoted(folder) + "; it is not a valid path");
            }
        }
    }

    /**
     * Settings for the connections of a hub.
     *
     * @param slowConsumerPolicy for messages to groups that {@code groups} does not match, and for all others
     * @param groups the first entry whose pattern matches a group applies to it
     * @param eventHandlers the first that accepts an event gets it
     * @param busEvents events that are also published on the event bus
     * @param limits of all its connections
     * @param connectionsPerUser how many connections a user may have in the cluster; 0 = any number
     * @param consumers clients that have to register before they connect
     * @param publishers who may publish
     */
    public record Hub(
            Compression compression,
            SlowConsumerPolicy slowConsumerPolicy,
            List<HubGroup> groups,
            List<EventHandler> eventHandlers,
            BusEvents busEvents,
            SharedLimits limits,
            @Range(min = 0, max = 100) int connectionsPerUser,
            ConsumerSettings consumers,
            PublisherSettings publishers)
            implements Validated {

        @Override
        public void check(ConfigProblems configProblems) {
            ConsumerRules.checkHub(this, configProblems);
        }
    }

    /**
     * Clients that register with a secret, and connect with the token that they get for it.
     *
     * @param enabled whether only registered clients may connect
     * @param clients who may register; none = an event handler is asked
     * @param tokenMinutes how long a token is valid at most
     * @param forgetAfterDays how long a registration is kept without a connection
     * @param onDuplicate what happens to a second connection of a client
     * @param mayPublish whether clients may send messages and events
     */
    public record ConsumerSettings(
            boolean enabled,
            List<ConsumerClient> clients,
            @Range(min = 1, max = 5_256_000) int tokenMinutes,
            @Range(min = 1, max = 3650) int forgetAfterDays,
            DuplicatePolicy onDuplicate,
            boolean mayPublish)
            implements Validated {

        static final ConsumerSettings OFF =
                new ConsumerSettings(false, List.of(), 525_600, 30, DuplicatePolicy.REFUSE, false);

        /** What happens when a client connects that is connected already. */
        public enum DuplicatePolicy {
            /** The new connection is refused. */
            REFUSE,
            /** The former connection ends. */
            REPLACE
        }

        @Override
        public void check(ConfigProblems configProblems) {
            ConsumerRules.checkClients(clients, configProblems);
        }
    }

    /**
     * A client that may register.
     *
     * @param id its name, which is the user id of its connection
     * @param secretHash see {@link SecretHash}
     * @param groups that its connection joins
     */
    public record ConsumerClient(String id, @Secret String secretHash, List<String> groups) implements Validated {

        /** The defaults of a client. */
        public static final ConsumerClient DEFAULT = new ConsumerClient("", "", List.of());

        @Override
        public void check(ConfigProblems configProblems) {
            ConsumerRules.checkClient(this, configProblems);
        }

        @Override
        public String toString() {
            return "ConsumerClient[id=" + id + ", groups=" + groups + "]";
        }
    }

    /**
     * Who may publish.
     *
     * @param allow addresses and networks from which servers and clients may publish; none = all
     */
    public record PublisherSettings(List<String> allow) implements Validated {

        @Override
        public void check(ConfigProblems configProblems) {
            ConsumerRules.checkPublishers(allow, configProblems);
        }
    }

    /**
     * A handler that is sent events by HTTP.
     *
     * @param urlTemplate a {@link UrlTemplate}
     * @param systemEvents of connect, connected, disconnected and register
     * @param userEventPattern an {@link EventPattern}
     * @param authorization the value of the Authorization header; null for none, or if it is in a file
     * @param authorizationFile a file with that value; empty for none
     * @param trustFile PEM certificates of the authorities to trust; empty for those of the JVM
     * @param timeoutSeconds for an event in total, retries included
     * @param retries after the first attempt
     * @param concurrency concurrent requests for each hub, and as many for {@code connect}
     * @param queueBytes of events queued or in flight for each hub, and as many for {@code connect}
     * @param responseBytes of one response
     * @param circuitFailures consecutive events that find the handler down, after which the circuit opens
     * @param circuitSeconds how long it stays open
     */
    public record EventHandler(
            String urlTemplate,
            List<String> systemEvents,
            String userEventPattern,
            @Secret @Nullable String authorization,
            String authorizationFile,
            String trustFile,
            @Range(min = 1, max = 3600) int timeoutSeconds,
            @Range(min = 0, max = 100) int retries,
            @Range(min = 1, max = 10_000) int concurrency,
            @Range(min = 1024, max = 1_073_741_824) int queueBytes,
            @Range(min = 0, max = 268_435_456) int responseBytes,
            @Range(min = 1, max = 1_000_000) int circuitFailures,
            @Range(min = 1, max = 3600) int circuitSeconds)
            implements Validated {

        /** The defaults of a handler. */
        public static final EventHandler DEFAULT = new EventHandler(
                "", List.of(), "", null, "", "", 30, 3, 64, 16 * 1024 * 1024, 16 * 1024 * 1024, 10, 10);

        /** The files that it names. */
        public List<Path> files() {
            return Stream.of(authorizationFile, trustFile)
                    .filter(file -> !file.isEmpty())
                    .map(Path::of)
                    .toList();
        }

        @Override
        public void check(ConfigProblems configProblems) {
            EventHandlers.check(this, configProblems);
        }

        @Override
        public String toString() {
            return "EventHandler[systemEvents=" + systemEvents + ", userEventPattern=" + userEventPattern + "]";
        }
    }

    /**
     * Events that are published on the event bus.
     *
     * @param systemEvents of connected and disconnected
     * @param userEventPattern an {@link EventPattern}
     */
    public record BusEvents(List<String> systemEvents, String userEventPattern) implements Validated {

        /** No events at all. */
        public static final BusEvents NONE = new BusEvents(List.of(), "");

        @Override
        public void check(ConfigProblems configProblems) {
            EventHandlers.checkEvents(systemEvents, EventHandlers.BUS_EVENTS, userEventPattern, configProblems);
        }
    }

    /**
     * Compression of messages with permessage-deflate (RFC 7692), for clients that offer it.
     *
     * @param enabled whether offers are accepted
     * @param thresholdBytes shorter messages are sent as they are
     * @param maxRatio how many times larger a client's message may be when it is inflated
     */
    public record Compression(
            boolean enabled,
            @Range(min = 0, max = 268_435_456) int thresholdBytes,
            @Range(min = 1, max = 1100) int maxRatio) {}

    /**
     * Settings for some groups of a hub.
     *
     * @param pattern a {@link GroupPattern}
     * @param slowConsumerPolicy never null in a loaded configuration
     */
    public record HubGroup(String pattern, @Nullable SlowConsumerPolicy slowConsumerPolicy) implements Validated {

        /** The defaults for groups. */
        public static final HubGroup DEFAULT = new HubGroup("", null);

        @Override
        public void check(ConfigProblems configProblems) {
            if (GroupPattern.parse(pattern) == null) {
                configProblems.report(
                        "pattern",
                        "is " + ConfigProblems.quoted(pattern)
                                + "; it must be a name with the wildcards ?, * and **, not empty,"
                                + " with at most " + GroupPattern.MAX_STARS + " stars, and \\ before ?, * and \\ that"
                                + " are meant as such");
            }
            if (slowConsumerPolicy == null) {
                configProblems.report("slowConsumerPolicy", "is missing; say what holds for these groups");
            }
        }
    }

    /**
     * Connections that this node opens to remote servers.
     *
     * @param allow the allowed targets: see {@link AllowList}
     * @param handshakeTimeoutSeconds from the first packet to an open socket, redirects included
     * @param maxRedirects the most redirects that are followed; 0 = none
     * @param keys that sign tokens for remotes
     * @param connections that are opened at startup
     */
    public record Outbound(
            List<String> allow,
            @Range(min = 1, max = 3600) int handshakeTimeoutSeconds,
            @Range(min = 0, max = 20) int maxRedirects,
            List<SigningKey> keys,
            List<OutboundConnection> connections)
            implements Validated {

        @Override
        public void check(ConfigProblems configProblems) {
            for (int i = 0; i < allow.size(); i++) {
                if (!AllowList.isValid(allow.get(i))) {
                    configProblems.report(
                            "allow[" + i + "]",
                            "is " + ConfigProblems.quoted(allow.get(i))
                                    + "; it must be a host, an address or a network, and a"
                                    + " port, such as feeds.example.com:443, *.example.com:443, [::1]:9000 or"
                                    + " 10.0.0.0/8:*");
                }
            }
            OutboundChecks.checkKeys(keys, configProblems);
            OutboundChecks.checkConnections(this, configProblems);
        }
    }

    /**
     * Reading the configuration again while the node runs.
     *
     * @param fileSeconds how often the file is checked for changes; 0 = never
     */
    public record ReloadSettings(
            @Range(min = 0, max = 86_400) int fileSeconds) {}

    /**
     * How a node starts.
     *
     * @param warmUpSeconds the longest time for which readiness waits while the node serves connections of its own; 0 = no
     *     warm-up
     * @param warmUpConnections the most that the warm-up opens; 0 = no warm-up
     */
    public record Start(
            @Range(min = 0, max = 60) int warmUpSeconds,
            @Range(min = 0, max = 1_000_000) int warmUpConnections) {}

    /**
     * How a node shuts down.
     *
     * @param delaySeconds between not ready and no longer accepting, for load balancers to notice
     * @param timeoutSeconds in total, from the signal to exit
     * @param closeSeconds over which connections are closed; at most two fifths of what timeoutSeconds leaves after
     *     delaySeconds, to which the default is reduced
     */
    public record Shutdown(
            @Range(min = 0, max = 3600) int delaySeconds,
            @Range(min = 1, max = 7200) int timeoutSeconds,
            @Range(min = 0, max = 3600) int closeSeconds)
            implements Validated {

        @Override
        public void check(ConfigProblems configProblems) {
            if (timeoutSeconds <= delaySeconds) {
                String text = "is " + timeoutSeconds + "; it must be more than shutdown.delaySeconds, which is "
                        + delaySeconds;
                configProblems.conflict("timeoutSeconds", "delaySeconds", text);
                return;
            }
            int most = (timeoutSeconds - delaySeconds) * 2 / 5;
            if (closeSeconds > most && closeSeconds != DEFAULT.shutdown.closeSeconds) {
                configProblems.conflict(
                        "closeSeconds",
                        "timeoutSeconds",
                        "is " + closeSeconds + "; it must be at most " + most + ", two fifths of what"
                                + " shutdown.timeoutSeconds leaves after shutdown.delaySeconds");
            }
        }
    }

    /**
     * Alerts to people.
     *
     * @param causes labels of {@link AlertCause}; none = all
     * @param perHour the most notices of one cause
     * @param certificateDays before a certificate expires; 0 = never; at most 3 for the certificate between nodes
     */
    public record AlertSettings(
            List<String> causes,
            @Range(min = 1, max = 60) int perHour,
            @Range(min = 0, max = 365) int certificateDays,
            MailSettings mail,
            List<AlertWebhook> webhooks)
            implements Validated {

        static final AlertSettings DEFAULT = new AlertSettings(
                List.of(),
                4,
                14,
                new MailSettings("", 587, MailSettings.MailSecurity.STARTTLS, "", "", "", "", "", List.of()),
                List.of());

        /** The files that it names. */
        public List<Path> files() {
            Stream<String> ofWebhooks =
                    webhooks.stream().flatMap(webhook -> Stream.of(webhook.authorizationFile(), webhook.trustFile()));
            return Stream.concat(Stream.of(mail.passwordFile(), mail.trustFile()), ofWebhooks)
                    .filter(file -> !file.isEmpty())
                    .map(Path::of)
                    .toList();
        }

        /** The causes of which people are alerted; none without a channel. */
        public Set<AlertCause> alerting() {
            if (!mail.enabled() && webhooks.isEmpty()) {
                return Set.of();
            }
            if (causes.isEmpty()) {
                return EnumSet.allOf(AlertCause.class);
            }
            return causes.stream()
                    .flatMap(label -> AlertCause.of(label).stream())
                    .collect(Collectors.toUnmodifiableSet());
        }

        @Override
        public void check(ConfigProblems configProblems) {
            AlertChecks.checkCauses(causes, configProblems);
        }
    }

    /**
     * The mail server for alerts.
     *
     * @param host empty = no mail
     * @param trustFile PEM; empty = the authorities that Java trusts
     * @param user empty = no authentication
     * @param passwordFile instead of the password
     * @param from the address of the sender
     * @param to the addresses of the receivers
     */
    public record MailSettings(
            String host,
            @Range(min = 1, max = 65_535) int port,
            MailSecurity security,
            String trustFile,
            String user,
            @Secret String password,
            String passwordFile,
            String from,
            List<String> to)
            implements Validated {

        /** How the connection to the mail server is protected. */
        public enum MailSecurity {
            STARTTLS,
            TLS,
            NONE
        }

        /** Whether alerts are sent by mail. */
        public boolean enabled() {
            return !host.isEmpty();
        }

        /** The same for one receiver. */
        public MailSettings onlyTo(String receiver) {
            return new MailSettings(
                    host, port, security, trustFile, user, password, passwordFile, from, List.of(receiver));
        }

        @Override
        public void check(ConfigProblems configProblems) {
            AlertChecks.check(this, configProblems);
        }

        @Override
        public String toString() {
            return "MailSettings[host=" + host + ", port=" + port + "]";
        }
    }

    /**
     * A URL to which alerts are posted.
     *
     * @param authorization the value of the Authorization header; null = none
     * @param authorizationFile instead of it
     * @param trustFile PEM; empty = the authorities that Java trusts
     */
    public record AlertWebhook(
            @Secret String url, @Secret @Nullable String authorization, String authorizationFile, String trustFile)
            implements Validated {

        /** The defaults of a webhook. */
        public static final AlertWebhook DEFAULT = new AlertWebhook("", null, "", "");

        @Override
        public void check(ConfigProblems configProblems) {
            AlertChecks.check(this, configProblems);
        }

        @Override
        public String toString() {
            return "AlertWebhook[]";
        }
    }

    /**
     * Logs, on standard error.
     *
     * @param level less severe messages are not logged
     * @param format of a line
     */
    public record Logging(Level level, LogFormat format) {

        /** From the most severe to the most verbose. */
        public enum Level {
            ERROR,
            WARN,
            INFO,
            DEBUG,
            TRACE
        }

        /** Text for people, JSON for collectors. */
        public enum LogFormat {
            TEXT,
            JSON
        }
    }

    /**
     * The pages under {@code /examples}, for which no token is needed.
     *
     * @param enabled whether they are served
     */
    public record ExamplesSettings(boolean enabled) {

        /** The hub of the chat, where anyone may join and publish. */
        public static final String CHAT = "example_chat";

        /** The hub of the quotes, where anyone may join. */
        public static final String QUOTES = "example_quotes";

        /** Whether the pages may connect to a hub. */
        public boolean use(String hub) {
            return enabled && (hub.equals(CHAT) || hub.equals(QUOTES));
        }
    }
}
