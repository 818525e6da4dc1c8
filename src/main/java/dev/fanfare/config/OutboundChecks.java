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

/** What an outbound connection may be. */
final class OutboundChecks {

    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x7E\\t ]*");

    /** Headers of the handshake itself, and those that would make it another request. */
    private static final Set<String> RESERVED =
            Set.of("host", "connection", "upgrade", "content-length", "transfer-encoding", "te", "trailer", "expect");

    /** What most servers take as the first line of a request. */
    private static final int MAX_URL_CHARACTERS = 8000;

    private static final String RESERVED_PREFIX = "sec-websocket-";

    private OutboundChecks() {}

    // ---- a connection by itself

    static void check(OutboundConnection connection, Problems problems) {
        checkUrl(connection.url(), problems);
        if (!connection.connectionId().isEmpty() && !ConnectionId.mayBeGiven(connection.connectionId())) {
            problems.report(
                    "connectionId",
                    "must be 1 to 128 letters, digits and signs of -_~ (no dot) that do not look like an id that was"
                            + " made here");
        }
        if (connection.durable() && connection.connectionId().isEmpty()) {
            problems.report("connectionId", "is missing; nodes know a durable connection by it");
        }
        checkDistinct("subprotocols", connection.subprotocols(), problems);
        checkEach(
                "subprotocols",
                connection.subprotocols(),
                name -> TOKEN.matcher(name).matches() ? null : "is no token (RFC 9110 section 5.6.2)",
                problems);
        connection.headers().forEach((name, value) -> checkHeader(name, value, problems));
        connection.query().keySet().stream()
                .filter(String::isEmpty)
                .forEach(name -> problems.report("query", "has a parameter without a name"));
        checkAuth(connection, problems);
    }

    private static void checkUrl(String url, Problems problems) {
        if (url.length() > MAX_URL_CHARACTERS) {
            problems.report(
                    "url", "has " + url.length() + " characters; at most " + MAX_URL_CHARACTERS + " are allowed");
        } else if (OutboundUrl.parse(url) == null) {
            problems.report(
                    "url",
                    "must be ws or wss, a host without a user, a port up to 65535 or none, and no fragment, such as"
                            + " wss://feeds.example.com/v1");
        }
    }

    private static void checkHeader(String name, String value, Problems problems) {
        String lower = name.toLowerCase(Locale.ROOT);
        String key = Problems.path("headers", name);
        if (!TOKEN.matcher(name).matches()) {
            problems.report(key, "is not the name of a header");
        } else if (RESERVED.contains(lower) || lower.startsWith(RESERVED_PREFIX)) {
            problems.report(key, "belongs to the handshake and cannot be set");
        }
        if (!VALUE.matcher(value).matches()) {
            problems.report(key, "is (hidden); it must be printable ASCII");
        }
    }

    private static void checkAuth(OutboundConnection connection, Problems problems) {
        OutboundConnection.Auth auth = connection.auth();
        long ways = Stream.of(auth.basic().user(), auth.bearer(), auth.jwt().key())
                .filter(Predicate.not(String::isEmpty))
                .count();
        if (ways > 1) {
            problems.report("auth", "has more than one of basic, bearer and jwt; keep one");
        }
        boolean header = connection.headers().keySet().stream().anyMatch("Authorization"::equalsIgnoreCase);
        if (header && ways > 0 && auth.jwt().queryParameter().isEmpty()) {
            problems.report("auth", "is given and so is the header Authorization; keep one");
        }
        if (auth.basic().user().isEmpty() && !auth.basic().password().isEmpty()) {
            problems.report("auth.basic.user", "is missing; there is a password");
        }
        if (auth.basic().user().indexOf(':') >= 0) {
            problems.report("auth.basic.user", "has a colon, which RFC 7617 does not allow");
        }
        if (!VALUE.matcher(auth.bearer()).matches()) {
            problems.report("auth.bearer", "is (hidden); it must be printable ASCII");
        }
        if (connection.query().containsKey(auth.jwt().queryParameter())) {
            problems.report("auth.jwt.queryParameter", "is a parameter of query, too; keep one");
        }
    }

    static void check(OutboundConnection.Opening message, Problems problems) {
        if (message.text().isEmpty() == message.base64().isEmpty()) {
            problems.report("", "must have a text or base64 that is not empty, and not both");
        } else if (!isBase64(message.base64())) {
            problems.report("base64", "is (hidden); it must be base64 (RFC 4648 section 4)");
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

    static void check(OutboundConnection.Tls tls, Problems problems) {
        checkCertificates("trust", tls.trust(), problems);
        checkCertificates("certificate", tls.certificate(), problems);
        if (tls.key().startsWith(OutboundConnection.Tls.PEM) && !tls.key().contains("PRIVATE KEY-----")) {
            problems.report("key", "is (hidden); it must be a private key in PEM");
        }
        if (tls.certificate().isEmpty() != tls.key().isEmpty()) {
            problems.report(tls.key().isEmpty() ? "key" : "certificate", "is missing; the two belong together");
        }
    }

    private static void checkCertificates(String key, String pem, Problems problems) {
        if (!pem.startsWith(OutboundConnection.Tls.PEM)) {
            return;
        }
        try {
            byte[] bytes = pem.getBytes(StandardCharsets.UTF_8);
            CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes));
        } catch (CertificateException malformed) {
            problems.report(key, "must be certificates in PEM: -----BEGIN CERTIFICATE-----");
        }
    }

    // ---- within a configuration

    static void checkKeys(List<SigningKey> keys, Problems problems) {
        List<String> ids = keys.stream().map(SigningKey::id).toList();
        for (int i = 0; i < ids.size(); i++) {
            int first = ids.indexOf(ids.get(i));
            if (first < i) {
                problems.report("keys[" + i + "].id", "equals that of keys[" + first + "]; ids must differ");
            }
        }
    }

    /** That no key which signs what others choose is an access key: such a token would be good for this node. */
    static void checkKeysAreApart(List<String> accessKeys, Config.Outbound outbound, Problems problems) {
        for (int i = 0; i < outbound.keys().size(); i++) {
            int accessKey = accessKeys.indexOf(outbound.keys().get(i).secret());
            if (accessKey >= 0) {
                problems.conflict(
                        "outbound.keys[" + i + "].secret",
                        "auth.accessKeys[" + accessKey + "]",
                        "equals auth.accessKeys[" + accessKey
                                + "]; whoever opens connections could sign tokens for this node, so give it another secret");
            }
        }
    }

    /** What all connections of a configuration must be. */
    static void checkConnections(Config.Outbound outbound, Problems problems) {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < outbound.connections().size(); i++) {
            OutboundConnection connection = outbound.connections().get(i);
            String key = "connections[" + i + "].";
            String id = connection.hub().toLowerCase(Locale.ROOT) + "/" + connection.connectionId();
            if (!connection.connectionId().isEmpty() && !ids.add(id)) {
                problems.report(key + "connectionId", "is that of another connection of the hub; ids must differ");
            }
            checkFile(key + "tls.trust", connection.tls().trust(), problems);
            checkFile(key + "tls.certificate", connection.tls().certificate(), problems);
            checkFile(key + "tls.key", connection.tls().key(), problems);
            checkPlace(outbound, connection, key, problems);
            checkKey(outbound, connection, key, problems);
        }
    }

    /** That a signing key is there. */
    static void checkKey(Config.Outbound outbound, OutboundConnection connection, String prefix, Problems problems) {
        String wanted = connection.auth().jwt().key();
        if (!wanted.isEmpty()
                && outbound.keys().stream().noneMatch(key -> key.id().equals(wanted))) {
            problems.report(
                    prefix + "auth.jwt.key",
                    "is " + Problems.quoted(wanted) + "; it must be the id of one of outbound.keys");
        }
    }

    private static void checkPlace(
            Config.Outbound outbound, OutboundConnection connection, String prefix, Problems problems) {
        if (!outbound.allow().stream().allMatch(AllowList::isValid)) {
            return;
        }
        AllowList allowed = new AllowList(outbound.allow());
        OutboundUrl url = OutboundUrl.parse(connection.url());
        if (url != null && !allowed.permits(url.host(), url.port())) {
            problems.report(
                    prefix + "url",
                    "leads to " + url.host() + ":" + url.port() + ", which outbound.allow does not list");
        }
        OutboundConnection.Proxy proxy = connection.proxy();
        if (proxy.used() && !allowed.permits(proxy.host(), proxy.port())) {
            problems.report(prefix + "proxy.host", "is not listed by outbound.allow with its port");
        }
    }

    private static void checkFile(String key, String value, Problems problems) {
        try {
            boolean file = !value.isEmpty() && !value.startsWith(OutboundConnection.Tls.PEM);
            if (file && !Files.isReadable(Path.of(value))) {
                problems.report(key, "is neither PEM nor a file that can be read");
            }
        } catch (InvalidPathException noPath) {
            problems.report(key, "is neither PEM nor a file that can be read");
        }
    }

    /** Names of hub and groups, which are as long as limits say. */
    static void checkNames(OutboundConnection connection, Config.Limits limits, Problems problems) {
        Names names = new Names(
                limits.hubNameLength(), limits.groupNameLength(), limits.eventNameLength(), limits.userIdLength());
        reportName("hub", names.hubProblem(connection.hub()), problems);
        checkEach("groups", connection.groups(), names::groupProblem, problems);
        checkEach("relay.groups", connection.relay().groups(), names::groupProblem, problems);
        if (connection.groups().size() > limits.groupsPerConnection()) {
            problems.report("groups", "has more than limits.groupsPerConnection allows");
        }
        if (connection.relay().groups().size() > limits.groupsPerConnection()) {
            problems.report("relay.groups", "has more than limits.groupsPerConnection allows");
        }
    }

    private static void checkEach(
            String key, List<String> values, Function<String, @Nullable String> check, Problems problems) {
        for (int i = 0; i < values.size(); i++) {
            reportName(key + "[" + i + "]", check.apply(values.get(i)), problems);
        }
    }

    /** Problems of names begin with what kind of name it is, which the key says already. */
    private static void reportName(String key, @Nullable String problem, Problems problems) {
        if (problem != null) {
            problems.report(key, problem.substring(problem.indexOf(": ") + 1).strip());
        }
    }

    private static void checkDistinct(String key, List<String> values, Problems problems) {
        if (new HashSet<>(values).size() < values.size()) {
            problems.report(key, "has one of them twice");
        }
    }

    /** What a caller of the REST API may not say: files are those of this machine. */
    static void refuseFiles(OutboundConnection.Tls tls, Problems problems) {
        Map.of("tls.trust", tls.trust(), "tls.certificate", tls.certificate(), "tls.key", tls.key())
                .forEach((key, value) -> {
                    if (!value.isEmpty() && !value.startsWith(OutboundConnection.Tls.PEM)) {
                        problems.report(key, "must be PEM: -----BEGIN ...");
                    }
                });
    }
}
