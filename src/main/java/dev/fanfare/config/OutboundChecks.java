package dev.fanfare.config;

import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.Names;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rules for outbound connections. */
final class OutboundChecks {

    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x7E\\t ]*");

    /** Headers of the handshake itself, and those that would make it a different request. */
    private static final Set<String> RESERVED =
            Set.of("host", "connection", "upgrade", "content-length", "transfer-encoding", "te", "trailer", "expect");

    /** The length of a request line that most servers accept. */
    private static final int MAX_URL_CHARACTERS = 8000;

    private static final String RESERVED_PREFIX = "sec-websocket-";

    private OutboundChecks() {}

    // ---- a single connection

    static void check(OutboundConnection connection, ConfigProblems configProblems) {
        checkUrl(connection.url(), configProblems);
        if (!connection.connectionId().isEmpty() && !ConnectionId.mayBeGiven(connection.connectionId())) {
            configProblems.report(
                    "connectionId",
                    "must be 1 to 128 letters, digits and signs of -_~ (no dot) that do not look like an id that was"
                            + " made here");
        }
        if (connection.durable() && connection.connectionId().isEmpty()) {
            configProblems.report("connectionId", "is missing; nodes know a durable connection by it");
        }
        checkDistinct("subprotocols", connection.subprotocols(), configProblems);
        checkEach(
                "subprotocols",
                connection.subprotocols(),
                name -> TOKEN.matcher(name).matches() ? null : "is no token (RFC 9110 section 5.6.2)",
                configProblems);
        connection.headers().forEach((name, value) -> checkHeader(name, value, configProblems));
        connection.query().keySet().stream()
                .filter(String::isEmpty)
                .forEach(name -> configProblems.report("query", "has a parameter without a name"));
        checkAuth(connection, configProblems);
    }

    private static void checkUrl(String url, ConfigProblems configProblems) {
        if (url.length() > MAX_URL_CHARACTERS) {
            configProblems.report(
                    "url", "has " + url.length() + " characters; at most " + MAX_URL_CHARACTERS + " are allowed");
        } else if (OutboundUrl.parse(url) == null) {
            configProblems.report(
                    "url",
                    "must be ws or wss, a host without a user, a port up to 65535 or none, and no fragment, such as"
                            + " wss://feeds.example.com/v1");
        }
    }

    private static void checkHeader(String name, String value, ConfigProblems configProblems) {
        String lower = name.toLowerCase(Locale.ROOT);
        String key = ConfigProblems.path("headers", name);
        if (!TOKEN.matcher(name).matches()) {
            configProblems.report(key, "is not the name of a header");
        } else if (RESERVED.contains(lower) || lower.startsWith(RESERVED_PREFIX)) {
            configProblems.report(key, "belongs to the handshake and cannot be set");
        }
        if (!VALUE.matcher(value).matches()) {
            configProblems.report(key, "is (hidden); it must be printable ASCII");
        }
    }

    private static void checkAuth(OutboundConnection connection, ConfigProblems configProblems) {
        OutboundConnection.OutboundAuth auth = connection.auth();
        long ways = Stream.of(auth.basic().user(), auth.bearer(), auth.jwt().key())
                .filter(Predicate.not(String::isEmpty))
                .count();
        if (ways > 1) {
            configProblems.report("auth", "has more than one of basic, bearer and jwt; keep one");
        }
        boolean header = connection.headers().keySet().stream().anyMatch("Authorization"::equalsIgnoreCase);
        if (header && ways > 0 && auth.jwt().queryParameter().isEmpty()) {
            configProblems.report("auth", "is given and so is the header Authorization; keep one");
        }
        if (auth.basic().user().isEmpty() && !auth.basic().password().isEmpty()) {
            configProblems.report("auth.basic.user", "is missing; there is a password");
        }
        if (auth.basic().user().indexOf(':') >= 0) {
            configProblems.report("auth.basic.user", "has a colon, which RFC 7617 does not allow");
        }
        if (!VALUE.matcher(auth.bearer()).matches()) {
            configProblems.report("auth.bearer", "is (hidden); it must be printable ASCII");
        }
        if (connection.query().containsKey(auth.jwt().queryParameter())) {
            configProblems.report("auth.jwt.queryParameter", "is a parameter of query, too; keep one");
        }
    }

    static void check(OutboundConnection.FirstMessage message, ConfigProblems configProblems) {
        if (message.text().isEmpty() == message.base64().isEmpty()) {
            configProblems.report("", "must have a text or base64 that is not empty, and not both");
        } else if (!isBase64(message.base64())) {
            configProblems.report("base64", "is (hidden); it must be base64 (RFC 4648 section 4)");
        }
    }

    private static boolean isBase64(String text) {
        try {
            Base64.getDecoder().decode(text);
            return true;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    static void check(OutboundConnection.OutboundTls tls, ConfigProblems configProblems) {
        checkCertificates("trust", tls.trust(), configProblems);
        checkCertificates("certificate", tls.certificate(), configProblems);
        if (tls.key().startsWith(OutboundConnection.OutboundTls.PEM)
                && !tls.key().contains("PRIVATE KEY-----")) {
            configProblems.report("key", "is (hidden); it must be a private key in PEM");
        }
        if (tls.certificate().isEmpty() != tls.key().isEmpty()) {
            configProblems.report(tls.key().isEmpty() ? "key" : "certificate", "is missing; the two belong together");
        }
    }

    private static void checkCertificates(String key, String pem, ConfigProblems configProblems) {
        if (!pem.startsWith(OutboundConnection.OutboundTls.PEM)) {
            return;
        }
        try {
            byte[] bytes = pem.getBytes(StandardCharsets.UTF_8);
            CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes));
        } catch (CertificateException malformed) {
            configProblems.report(key, "must be certificates in PEM: -----BEGIN CERTIFICATE-----");
        }
    }

    // ---- the configuration as a whole

    static void checkKeys(List<SigningKey> keys, ConfigProblems configProblems) {
        List<String> ids = keys.stream().map(SigningKey::id).toList();
        for (int i = 0; i < ids.size(); i++) {
            int first = ids.indexOf(ids.get(i));
            if (first < i) {
                configProblems.report("keys[" + i + "].id", "equals that of keys[" + first + "]; ids must differ");
            }
        }
    }

    /**
     * Checks that no signing key is an access key: callers choose what is signed, and such a token would be valid here.
     */
    static void checkKeysAreApart(Config.Auth auth, Config.Outbound outbound, ConfigProblems configProblems) {
        Map<String, String> paths = AccessKeys.paths(auth.accessKeys(), auth.scopedKeys());
        for (int i = 0; i < outbound.keys().size(); i++) {
            String accessKey = paths.get(outbound.keys().get(i).secret());
            if (accessKey != null) {
                configProblems.conflict(
                        "outbound.keys[" + i + "].secret",
                        "auth." + accessKey,
                        "equals auth." + accessKey
                                + "; callers that open connections could sign tokens for this node,"
                                + " so give it another secret");
            }
        }
    }

    /** The rules for all connections of a configuration. */
    static void checkConnections(Config.Outbound outbound, ConfigProblems configProblems) {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < outbound.connections().size(); i++) {
            OutboundConnection connection = outbound.connections().get(i);
            String key = "connections[" + i + "].";
            String id = connection.hub().toLowerCase(Locale.ROOT) + "/" + connection.connectionId();
            if (!connection.connectionId().isEmpty() && !ids.add(id)) {
                configProblems.report(
                        key + "connectionId", "is that of another connection of the hub; ids must differ");
            }
            checkFile(key + "tls.trust", connection.tls().trust(), configProblems);
            checkFile(key + "tls.certificate", connection.tls().certificate(), configProblems);
            checkFile(key + "tls.key", connection.tls().key(), configProblems);
            checkPlace(outbound, connection, key, configProblems);
            checkKey(outbound, connection, key, configProblems);
        }
    }

    /** Checks that a signing key exists. */
    static void checkKey(
            Config.Outbound outbound, OutboundConnection connection, String prefix, ConfigProblems configProblems) {
        String wanted = connection.auth().jwt().key();
        if (!wanted.isEmpty()
                && outbound.keys().stream().noneMatch(key -> key.id().equals(wanted))) {
            configProblems.report(
                    prefix + "auth.jwt.key",
                    "is " + ConfigProblems.quoted(wanted) + "; it must be the id of one of outbound.keys");
        }
    }

    private static void checkPlace(
            Config.Outbound outbound, OutboundConnection connection, String prefix, ConfigProblems configProblems) {
        if (!outbound.allow().stream().allMatch(AllowList::isValid)) {
            return;
        }
        AllowList allowed = new AllowList(outbound.allow());
        OutboundUrl url = OutboundUrl.parse(connection.url());
        if (url != null && !allowed.permits(url.host(), url.port())) {
            configProblems.report(
                    prefix + "url",
                    "leads to " + url.host() + ":" + url.port() + ", which outbound.allow does not list");
        }
        OutboundConnection.OutboundProxy proxy = connection.proxy();
        if (proxy.used() && !allowed.permits(proxy.host(), proxy.port())) {
            configProblems.report(prefix + "proxy.host", "is not listed by outbound.allow with its port");
        }
    }

    private static void checkFile(String key, String value, ConfigProblems configProblems) {
        try {
            boolean file = !value.isEmpty() && !value.startsWith(OutboundConnection.OutboundTls.PEM);
            if (file && !Files.isReadable(Path.of(value))) {
                configProblems.report(key, "is neither PEM nor a file that can be read");
            }
        } catch (InvalidPathException noPath) {
            configProblems.report(key, "is neither PEM nor a file that can be read");
        }
    }

    /** Checks the names of hub and groups against the limits. */
    static void checkNames(OutboundConnection connection, Config.Limits limits, ConfigProblems configProblems) {
        Names names = new Names(
                limits.hubNameLength(), limits.groupNameLength(), limits.eventNameLength(), limits.userIdLength());
        reportName("hub", names.hubProblem(connection.hub()), configProblems);
        checkEach("groups", connection.groups(), names::groupProblem, configProblems);
        checkEach("relay.groups", connection.relay().groups(), names::groupProblem, configProblems);
        if (connection.groups().size() > limits.groupsPerConnection()) {
            configProblems.report("groups", "has more than limits.groupsPerConnection allows");
        }
        if (connection.relay().groups().size() > limits.groupsPerConnection()) {
            configProblems.report("relay.groups", "has more than limits.groupsPerConnection allows");
        }
    }

    private static void checkEach(
            String key, List<String> values, Function<String, @Nullable String> check, ConfigProblems configProblems) {
        for (int i = 0; i < values.size(); i++) {
            reportName(key + "[" + i + "]", check.apply(values.get(i)), configProblems);
        }
    }

    /** Problems of names begin with the kind of name, which the key says already. */
    private static void reportName(String key, @Nullable String problem, ConfigProblems configProblems) {
        if (problem != null) {
            configProblems.report(
                    key, problem.substring(problem.indexOf(": ") + 1).strip());
        }
    }

    private static void checkDistinct(String key, List<String> values, ConfigProblems configProblems) {
        if (new HashSet<>(values).size() < values.size()) {
            configProblems.report(key, "has one of them twice");
        }
    }

    /** Callers of the REST API may not name files, which are those of this machine. */
    static void refuseFiles(OutboundConnection.OutboundTls tls, ConfigProblems configProblems) {
        Map.of("tls.trust", tls.trust(), "tls.certificate", tls.certificate(), "tls.key", tls.key())
                .forEach((key, value) -> {
                    if (!value.isEmpty() && !value.startsWith(OutboundConnection.OutboundTls.PEM)) {
                        configProblems.report(key, "must be PEM: -----BEGIN ...");
                    }
                });
    }
}
