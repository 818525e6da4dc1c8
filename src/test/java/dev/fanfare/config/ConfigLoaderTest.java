package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fanfare.core.SlowConsumerPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {

    private static final String KEY = "0123456789abcdef0123456789abcdef";

    private static final String PATTERN = "it must be a name with the wildcards ?, * and **, not empty, with at most"
            + " 5 stars, and \\ before ?, * and \\ that are meant as such";

    @TempDir
    Path directory;

    @Test
    void nothingGivenIsTheDefault() throws ConfigException {
        assertEquals(Config.DEFAULT, ConfigLoader.load(null, Map.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# only a comment\n", "---\n", "{}", "server:\nauth:\n  accessKeys:\n  issuers:\n"})
    void emptyFilesSectionsAndListsAreTheDefault(String yaml) throws Exception {
        assertEquals(Config.DEFAULT, load(yaml));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1_000", "+1000", "1000", "'1000'"})
    void wholeNumbersAreWrittenInSeveralWays(String number) throws Exception {
        assertEquals(1000, load("server: {port: " + number + "}").server().port());
    }

    /** As cases 9.3.1 and 9.4.1 of the Autobahn test suite send. */
    @Test
    void aMessageMayBeAllowedMoreThan65536Frames() throws Exception {
        assertEquals(65_537, load("limits: {framesPerMessage: 65537}").limits().framesPerMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"JSON", "json"})
    void constantsAreReadInAnyCase(String format) throws Exception {
        assertEquals(
                Config.Logging.LogFormat.JSON,
                load("logging: {format: " + format + "}").logging().format());
    }

    @Test
    void textsKeepTheirCharacters() throws Exception {
        String digits = "00000000000000000000000000000000012";

        assertEquals(
                List.of(digits),
                load("auth: {accessKeys: [" + digits + "]}").auth().accessKeys());
    }

    @Test
    void everyDefaultIsInItsRange() {
        String yaml = ConfigText.yaml(Config.DEFAULT);

        assertEquals(Config.DEFAULT, assertDoesNotThrow(() -> load(yaml)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("numbers")
    void numbersOutsideTheirRangeAreRefused(String path, String variable, long min, long max) {
        String allowed = "; it must be a whole number from " + min + " to " + max;

        assertEquals(
                List.of(variable + ": " + path + " is \"" + (min - 1) + "\"" + allowed), refusal(variable, min - 1));
        assertEquals(
                List.of(variable + ": " + path + " is \"" + (max + 1) + "\"" + allowed), refusal(variable, max + 1));
    }

    static Stream<Arguments> numbers() {
        return Setting.leaves(Config.class).stream()
                .filter(setting -> setting.type() == int.class || setting.type() == long.class)
                .map(setting -> arguments(setting.path(), setting.variable(), setting.min(), setting.max()));
    }

    private static List<String> refusal(String variable, long value) {
        return messages(assertThrows(
                ConfigException.class, () -> ConfigLoader.load(null, Map.of(variable, Long.toString(value)))));
    }

    @ParameterizedTest
    @MethodSource("badFiles")
    void badFilesAreRefused(String yaml, List<String> messages) {
        ConfigException refused = assertThrows(ConfigException.class, () -> load(yaml));

        assertEquals(messages, messages(refused, directory));
    }

    static Stream<Arguments> badFiles() {
        return Stream.of(
                // Not a valid file.
                bad("server", "f.yaml:1: holds a single value; it must hold a section of keys"),
                bad("- server", "f.yaml:1: holds a list; it must hold a section of keys"),
                bad("server: [", "f.yaml:1: is not YAML: expected the node content, but found '<stream end>'"),
                bad("auth: {accessKeys: [\"hunter2]", "f.yaml:1: is not YAML: found unexpected end of stream"),
                bad(
                        "a: 1\n\tb: 2",
                        "f.yaml:2: is not YAML: found character '\\t(TAB)' that cannot start any token."
                                + " (Do not use \\t(TAB) for indentation)"),
                bad(
                        "server: {port: 1}\n---\nserver: {port: 2}",
                        "f.yaml:3: has a second document; keep everything in the first"),
                bad(
                        "server: {port: !!int 1}",
                        "f.yaml:1: server.port has a YAML type tag (!); remove it, or put the value in quotes if it is a text"),
                bad(
                        "server: !!javax.script.ScriptEngineManager {}",
                        "f.yaml:1: server has a YAML type tag (!); remove it, or put the value in quotes if it is a text"),
                bad(
                        "server: {port: &p 1}\nmanagement: {port: *p}",
                        "f.yaml:2: management.port is a YAML alias (*); write the value out, in quotes if it is a text"),
                bad(
                        "server:\n  port: 1\n  host: a\n  port: 2",
                        "f.yaml:4: server.port is there twice, first at f.yaml:2; keep one"),
                bad(
                        "server:\n  port: 1\nserver:\n  port: 2",
                        "f.yaml:3: server is there twice, first at f.yaml:1; keep one"),
                // Not a key.
                bad("server:\n  prt: 1", "f.yaml:2: server.prt is not a key; did you mean server.port?"),
                bad("sever: {}", "f.yaml:1: sever is not a key; did you mean server?"),
                bad("keepalive: {}", "f.yaml:1: keepalive is not a key; did you mean keepAlive?"),
                bad(
                        "management: {acceptBacklog: 1}",
                        "f.yaml:1: management.acceptBacklog is not a key; the keys here are host, port"),
                // Not of the right type.
                bad("server: 8080", "f.yaml:1: server is a single value; it must be a section of keys"),
                bad("server: [1]", "f.yaml:1: server is a list; it must be a section of keys"),
                bad("server: {port: []}", "f.yaml:1: server.port is a list; it must be a whole number from 0 to 65535"),
                bad(
                        "server: {port: {a: 1}}",
                        "f.yaml:1: server.port is a section of keys; it must be a whole number from 0 to 65535"),
                bad("server: {port: }", "f.yaml:1: server.port is empty; it must be a whole number from 0 to 65535"),
                bad(
                        "server: {port: 8080.0}",
                        "f.yaml:1: server.port is \"8080.0\"; it must be a whole number from 0 to 65535"),
                bad(
                        "server: {port: 99999999999999999999}",
                        "f.yaml:1: server.port is \"99999999999999999999\"; it must be a whole number from 0 to 65535"),
                bad("server: {plain: yes}", "f.yaml:1: server.plain is \"yes\"; it must be true or false"),
                bad("server: {host: ~}", "f.yaml:1: server.host is empty; it must be a text"),
                bad(
                        "server: {allowedOrigins: \"*\"}",
                        "f.yaml:1: server.allowedOrigins is \"*\"; it must be a list of texts"),
                bad(
                        "server: {allowedOrigins: [[]]}",
                        "f.yaml:1: server.allowedOrigins[0] is a list; it must be a text"),
                bad(
                        "logging: {level: loud}",
                        "f.yaml:1: logging.level is \"loud\"; it must be one of error, warn, info, debug, trace"),
                bad("logging: {format: xml}", "f.yaml:1: logging.format is \"xml\"; it must be one of text, json"),
                bad(
                        "logging: {format: \"a\\nb\"}",
                        "f.yaml:1: logging.format is \"a?b\"; it must be one of text, json"),
                bad("auth: {accessKeys: hunter2}", "f.yaml:1: auth.accessKeys is (hidden); it must be a list of texts"),
                // Not consistent with other keys.
                bad(
                        "server: {plain: false}",
                        "f.yaml:1: server.plain is false and so is server.tls.enabled; no client could connect"),
                bad("server: {host: ''}", "f.yaml:1: server.host is empty; it must have a value"),
                bad("management: {host: ' '}", "f.yaml:1: management.host is empty; it must have a value"),
                bad(
                        "management: {port: 8080}",
                        "f.yaml:1: management.port is 8080, as server.port is; give each its own"),
                bad("server: {port: 9090}", "f.yaml:1: management.port is 9090, as server.port is; give each its own"),
                bad(
                        "server:\n  tls:\n    enabled: true\n    port: 8080\n    keyFile: /nowhere/key.pem",
                        "f.yaml:5: server.tls.keyFile is \"/nowhere/key.pem\"; there is no such file, or it cannot be read",
                        "default: server.tls.certificateFile is empty; TLS needs a PEM file here",
                        "f.yaml:4: server.tls.port is 8080, as server.port is; give each its own"),
                bad(
                        "server:\n  tls:\n    enabled: true\n    keyFile: /\n    certificateFile: \"\\0\"",
                        "f.yaml:4: server.tls.keyFile is \"/\"; there is no such file, or it cannot be read",
                        "f.yaml:5: server.tls.certificateFile is \"?\"; there is no such file, or it cannot be read"),
                bad(
                        "store: {engine: file}",
                        "default: store.folder is empty; store.engine file needs a folder of its own"),
                bad(
                        "store: {engine: file, folder: /nowhere/store}",
                        "f.yaml:1: store.folder is \"/nowhere/store\"; it must be a folder, or a new one in an existing folder"),
                bad(
                        "store: {engine: replicated}",
                        "f.yaml:1: store.engine is replicated, but cluster.enabled is not set: there are no nodes to replicate"
                                + " to. Set it, also for a single node that others will join, or use memory or file"),
                bad(
                        "store: {engine: replicated, folder: /nowhere/store, lostDisks: [d1]}\ncluster: {enabled: true, host: 10.0.0.1, members: [10.0.0.2]}\n"
                                + "auth: {accessKeys: ["
                                + "a-key-that-is-long-enough-for-a-cluster-of-nodes]}",
                        "f.yaml:1: store.folder is \"/nowhere/store\"; it must be a folder, or a new one in an existing folder"),
                bad(
                        "store: {lostDisks: [d1]}",
                        "f.yaml:1: store.lostDisks is given, but there is no store.folder of store.engine replicated"),
                bad(
                        "store: {bytesPerNode: 1000}",
                        "f.yaml:1: store.bytesPerNode is 1000; it must be 0 or at least 1048576"),
                bad(
                        "limits: {frameBytes: 2048, messageBytes: 1024}",
                        "f.yaml:1: limits.frameBytes is 2048; it must be at most limits.messageBytes, which is 1024"),
                bad(
                        "limits: {messageBytes: 5000000}",
                        "f.yaml:1: limits.outboundBytesPerConnection is 4194304; it must be at least limits.messageBytes,"
                                + " which is 5000000"),
                bad(
                        "limits: {restBodyBytes: 20000000, outboundBytesPerConnection: 20000000, inFlightBytes: 1024}",
                        "f.yaml:1: limits.unacknowledgedBytesPerSession is 16777216; it must be at least"
                                + " limits.restBodyBytes, which is 20000000",
                        "f.yaml:1: limits.inFlightBytes is 1024; it must be at least limits.messageBytes, which is 1048576"),
                bad(
                        "limits: {outboundBytesPerNode: 2000000}",
                        "f.yaml:1: limits.outboundBytesPerNode is 2000000; it must be at least"
                                + " limits.outboundBytesPerConnection, which is 4194304"),
                bad(
                        "limits: {outboundBytesPerNode: 5000000}",
                        "f.yaml:1: limits.outboundBytesPerNode is 5000000; it must be at least"
                                + " limits.unacknowledgedBytesPerSession, which is 16777216"),
                bad(
                        "limits: {inboundBytesPerNode: 1000000}",
                        "f.yaml:1: limits.inboundBytesPerNode is 1000000; it must be at least limits.messageBytes, which"
                                + " is 1048576"),
                bad(
                        "keepAlive: {pingSeconds: 75}",
                        "f.yaml:1: keepAlive.silentSeconds is 75; it must be more than keepAlive.pingSeconds, which is 75"),
                bad(
                        "keepAlive: {pingSeconds: x, silentSeconds: 10}",
                        "f.yaml:1: keepAlive.pingSeconds is \"x\"; it must be a whole number from 1 to 86400"),
                bad(
                        "shutdown: {delaySeconds: 20}",
                        "f.yaml:1: shutdown.timeoutSeconds is 20; it must be more than shutdown.delaySeconds, which is 20"),
                bad(
                        "shutdown: {delaySeconds: 2, timeoutSeconds: 30, closeSeconds: 12}",
                        "f.yaml:1: shutdown.closeSeconds is 12; it must be at most 11, two fifths of what"
                                + " shutdown.timeoutSeconds leaves after shutdown.delaySeconds"),
                bad(
                        "server: {host: 999.1.1.1}\nmanagement: {host: '::g'}",
                        "f.yaml:1: server.host is \"999.1.1.1\"; it must be the name of a host, or an IPv4 or IPv6 address",
                        "f.yaml:2: management.host is \"::g\"; it must be the name of a host, or an IPv4 or IPv6 address"),
                bad(
                        "server: {host: 10.0.0}\nmanagement: {host: 'http://a'}",
                        "f.yaml:1: server.host is \"10.0.0\"; it must be the name of a host, or an IPv4 or IPv6 address",
                        "f.yaml:2: management.host is \"http://a\"; it must be the name of a host, or an IPv4 or IPv6"
                                + " address"),
                // Hubs.
                bad("hubs: 1", "f.yaml:1: hubs is \"1\"; it must be a section of sections"),
                bad("hubs: [a]", "f.yaml:1: hubs is a list; it must be a section of sections"),
                bad("hubs: {chat: 1}", "f.yaml:1: hubs.chat is a single value; it must be a section of keys"),
                bad(
                        "hubs:\n  chat:\n    slowConsumers: x\n    slowConsumerPolicy: drop_oldest\n    compression: {maxRatio: 0}",
                        "f.yaml:3: hubs.chat.slowConsumers is not a key; did you mean hubs.chat.consumers?",
                        "f.yaml:5: hubs.chat.compression.maxRatio is \"0\"; it must be a whole number from 1 to 1100",
                        "f.yaml:4: hubs.chat.slowConsumerPolicy is \"drop_oldest\"; it must be one of disconnect,"
                                + " drop-newest, drop-oldest, keep-latest"),
                bad(
                        "hubs:\n  '*': {compression: {enable: true}}",
                        "f.yaml:2: hubs.*.compression.enable is not a key; did you mean hubs.*.compression.enabled?"),
                bad(
                        "hubs:\n  chat: {}\n  1st: {}\n  a.b: {groups: {}}\n  ChaT: {}\n  a/b: {}\n  '': {}",
                        "f.yaml:4: hubs.\"a.b\".groups is a section of keys; it must be a list of sections",
                        "f.yaml:3: hubs.1st is not a hub name: begins with '1'; a letter from A to Z is needed",
                        "f.yaml:5: hubs.ChaT is the same hub as hubs.chat, since case does not matter; keep one",
                        "f.yaml:6: hubs.\"a/b\" is not a hub name: character 2 is '/'; letters, digits and _`,.[] are"
                                + " allowed",
                        "f.yaml:7: hubs.\"\" is not a hub name: has 0 characters; 1 to 128 are allowed"),
                bad(
                        "hubs: {chat: {eventHandlers: [{}]}}",
                        "default: hubs.chat.eventHandlers[0].urlTemplate is empty; it must be an absolute URL of http or"
                                + " https, such as https://app.example.com/events/{hub}",
                        "default: hubs.chat.eventHandlers[0].userEventPattern is empty and so is systemEvents; the"
                                + " handler would never be called"),
                badHandler(
                        "{urlTemplate: 'https://{hub}.example.com/', userEventPattern: '*'}",
                        "urlTemplate is no URL" + " of a handler; it must have {hub} and {event} behind the host only"),
                badHandler(
                        "{urlTemplate: 'https://h/{user}', userEventPattern: '*'}",
                        "urlTemplate is no URL of a"
                                + " handler; it must have no braces but those of {hub} and {event}"),
                badHandler(
                        "{urlTemplate: 'https://u:hunter2@h/', userEventPattern: '*'}",
                        "urlTemplate is no URL of a"
                                + " handler; it must be an absolute URL of http or https, such as"
                                + " https://app.example.com/events/{hub}"),
                badHandler(
                        "{urlTemplate: 'http://h', systemEvents: [connectd]}",
                        "systemEvents[0] is \"connectd\"; it must be one of connect, connected, disconnected,"
                                + " register"),
                badHandler(
                        "{urlTemplate: 'http://h', userEventPattern: 'a,,b'}",
                        "userEventPattern is \"a,,b\"; it must be * or names of events of clients, separated by commas"),
                badHandler(
                        "{urlTemplate: 'http://h', userEventPattern: 'a, Connect'}",
                        "userEventPattern is \"a, Connect\"; it must be * or names of events of clients, separated by"
                                + " commas"),
                badHandler(
                        "{urlTemplate: 'http://h', userEventPattern: a, authorization: \"hunter2\\n\"}",
                        "authorization is (hidden); it must be printable ASCII, such as: Bearer ..."),
                badHandler(
                        "{urlTemplate: 'http://h', userEventPattern: a, authorization: x, authorizationFile: y}",
                        "authorization is given and so is authorizationFile; give one of them"),
                badHandler(
                        "{urlTemplate: 'http://h', userEventPattern: a, authorizationFile: /none}",
                        "authorizationFile is \"/none\"; there is no such file, or it cannot be read"),
                badHandler(
                        "{urlTemplate: 'http://h', userEventPattern: a, timeoutSeconds: 0}",
                        "timeoutSeconds is \"0\"; it must be a whole number from 1 to 3600"),
                bad(
                        "hubs: {chat: {busEvents: {systemEvents: [connect]}}}",
                        "f.yaml:1: hubs.chat.busEvents.systemEvents[0]"
                                + " is \"connect\"; it must be one of connected, disconnected"),
                bad(
                        "limits: {eventBytes: 1024}",
                        "f.yaml:1: limits.eventBytes is 1024; it must be at least"
                                + " limits.messageBytes, which is 1048576"),
                bad(
                        "limits: {hubNameLength: 3}\nhubs: {chat: {}}",
                        "f.yaml:2: hubs.chat is not a hub name: has 4 characters; 1 to 3 are allowed"),
                bad(
                        "hubs:\n  '*':\n    groups:\n      - {pattern: 'a\\b', slowConsumerPolicy: disconnect}\n  chat: {}",
                        "f.yaml:4: hubs.*.groups[0].pattern is \"a\\b\"; " + PATTERN),
                bad(
                        "hubs:\n  chat:\n    groups:\n      - {}\n      - {pattern: '*'}\n      - {pattern: '******', slowConsumerPolicy: x}",
                        "default: hubs.chat.groups[0].pattern is \"\"; " + PATTERN,
                        "default: hubs.chat.groups[0].slowConsumerPolicy is missing; say what holds for these groups",
                        "default: hubs.chat.groups[1].slowConsumerPolicy is missing; say what holds for these groups",
                        "f.yaml:6: hubs.chat.groups[2].slowConsumerPolicy is \"x\"; it must be one of disconnect,"
                                + " drop-newest, drop-oldest, keep-latest",
                        "f.yaml:6: hubs.chat.groups[2].pattern is \"******\"; " + PATTERN),
                // Addresses.
                bad(
                        "server:\n  allowedOrigins:\n    - '*'\n    - https://App.example\n    - https://app.example/\n    - app.example",
                        origin(4, 1, "https://App.example"),
                        origin(5, 2, "https://app.example/"),
                        origin(6, 3, "app.example")),
                bad(
                        "server:\n  publicEndpoints:\n    - https://a.example/\n    - ws://a.example\n    - https://a.example/path"
                                + "\n    - https://a.example:70000\n    - http://\n    - 'a b'\n    - https://a.example:0",
                        endpoint(4, 1, "ws://a.example"),
                        endpoint(5, 2, "https://a.example/path"),
                        endpoint(6, 3, "https://a.example:70000"),
                        endpoint(7, 4, "http://"),
                        endpoint(8, 5, "a b"),
                        endpoint(9, 6, "https://a.example:0")),
                bad(
                        "server: {publicEndpoints: ['https://admin:hunter2@a.example']}",
                        "f.yaml:1: server.publicEndpoints[0] is (hidden); it must be http or https, a host and no path,"
                                + " such as https://fanfare.example.com"),
                // Access keys.
                bad(
                        "auth:\n  accessKeys:\n    - hunter2\n    - " + KEY + "\n    - " + KEY + "\n    - '" + KEY
                                + ";'\n    - []",
                        "f.yaml:7: auth.accessKeys[4] is a list; it must be a text",
                        "f.yaml:3: auth.accessKeys[0] has 7 bytes; it must have at least 32, such as the output of:"
                                + " openssl rand -base64 48",
                        "f.yaml:5: auth.accessKeys[2] equals auth.accessKeys[1]; remove one of them",
                        "f.yaml:6: auth.accessKeys[3] has a semicolon, a space or a control character; a connection string"
                                + " cannot carry these"),
                // Issuers.
                bad(
                        "auth:\n  issuers:\n    - {}",
                        "default: auth.issuers[0].issuer is empty; it must have a value",
                        "default: auth.issuers[0].audience is empty; tokens for other services would be accepted, so name ours",
                        "default: auth.issuers[0].keys is empty and there is no jwksUrl; give at least one of them"),
                bad(
                        "auth:\n  issuers:\n    - " + issuer("jwksUrl: http://k") + "\n    - "
                                + issuer("jwksUrl: http://k"),
                        "f.yaml:4: auth.issuers[1].issuer equals auth.issuers[0].issuer; put all its keys there"),
                bad(
                        "auth:\n  issuers:\n    - " + issuer("jwksUrl: id.example/keys, jwksUri: x"),
                        "f.yaml:3: auth.issuers[0].jwksUri is not a key; did you mean auth.issuers[0].jwksUrl?",
                        "f.yaml:3: auth.issuers[0].jwksUrl is \"id.example/keys\"; it must be an absolute URL, such as"
                                + " https://id.example.com/keys"),
                bad(
                        "auth:\n  issuers:\n    - issuer",
                        "f.yaml:3: auth.issuers[0] is a single value; it must be a section of keys"),
                bad(
                        "auth:\n  issuers:\n    - " + issuer("jwksUrl: http://k, jwksRefreshSeconds: 0"),
                        "f.yaml:3: auth.issuers[0].jwksRefreshSeconds is \"0\"; it must be a whole number from 1 to 604800"),
                badKey("{}", "jwk is missing and so is pem; give one of them"),
                badKey("{jwk: '{\"kty\":\"RSA\"}', pem: hunter2}", "jwk is given and so is pem; give one of them"),
                badKey("{jwk: hunter2}", "jwk is (hidden); it must be a JSON Web Key as JSON text: {\"kty\": ...}"),
                badKey("{jwk: {kty: RSA}}", "jwk is a section of keys; it must be a text"),
                badKey(
                        "{jwk: '{\"kty\":\"RSA\",\"d\":\"hunter2\"}'}",
                        "jwk is a private key; give the public one, without \"d\""),
                badKey("{pem: hunter2}", "algorithm is missing; a key in PEM needs it, such as RS256"),
                badKey(
                        "{pem: hunter2, algorithm: RS256}",
                        "pem is (hidden); it must be a public key or a certificate: -----BEGIN ..."),
                badKey(
                        "{pem: '-----BEGIN PRIVATE KEY-----', algorithm: ES256}",
                        "pem is a private key; give the public one, or the certificate"),
                badKey("{pem: hunter2, algorithm: HS384}", "pem has 7 bytes; for HS384 it must have at least 48"),
                badKey(
                        "{jwk: '{\"kty\":\"RSA\"}', algorithm: none}",
                        "algorithm is \"none\"; it must be one of ES256, ES384, ES512, EdDSA, HS256, HS384, HS512, PS256,"
                                + " PS384, PS512, RS256, RS384, RS512"),
                bad(
                        "auth:\n  issuers:\n    - "
                                + issuer(
                                        "keys: [{id: k, jwk: '{\"kty\":\"RSA\"}'}, {id: k, jwk: '{\"kty\":\"RSA\"}'}]"),
                        "f.yaml:3: auth.issuers[0].keys[1].id equals that of keys[0]; ids must differ"),
                bad(
                        "auth:\n  accessKeys: [" + KEY + "]\n  scopedKeys:\n    - {name: a b, key: " + KEY + "}\n"
                                + "    - {name: ci, key: short, operations: [write]}\n    - {name: ci, key: other-"
                                + KEY
                                + ", operations: [read]}\n    - {name: x, key: other-" + KEY + ", operations: [read]}",
                        "f.yaml:4: auth.scopedKeys[0].name is \"a b\"; it must be 1 to 64 of the characters A-Z, a-z, 0-9,"
                                + " '.', '_' and '-'",
                        "default: auth.scopedKeys[0].operations is empty; it must have at least one of publish, read,"
                                + " manage, connect",
                        "f.yaml:5: auth.scopedKeys[1].key has 5 bytes; it must have at least 32, such as the output of:"
                                + " openssl rand -base64 48",
                        "f.yaml:5: auth.scopedKeys[1].operations[0] is \"write\"; it must be one of publish, read, manage,"
                                + " connect",
                        "f.yaml:4: auth.scopedKeys[0].key equals that of auth.accessKeys[0]; give each its own",
                        "f.yaml:6: auth.scopedKeys[2].name equals that of auth.scopedKeys[1]; names must differ",
                        "f.yaml:7: auth.scopedKeys[3].key equals that of auth.scopedKeys[2]; give each its own"),
                // Access keys are not used for anything else.
                bad(
                        "auth:\n  accessKeys: [" + KEY + "]\n  issuers:\n    - "
                                + issuer("keys: [{algorithm: HS256, pem: " + KEY + "}]"),
                        "f.yaml:4: auth.issuers[0].keys[0] equals auth.accessKeys[0]; the issuer could sign tokens for the"
                                + " REST API of any hub, so give it another secret"),
                bad(
                        "auth:\n  accessKeys: [" + KEY + "]\n  issuers:\n    - "
                                + issuer("keys: [{jwk: '{\"kty\":\"oct\",\"k\":\"" + base64Url(KEY) + "\"}'}]"),
                        "f.yaml:4: auth.issuers[0].keys[0] equals auth.accessKeys[0]; the issuer could sign tokens for the"
                                + " REST API of any hub, so give it another secret"),
                bad(
                        "auth:\n  accessKeys: [" + KEY + "]\noutbound:\n  keys: [{id: k, algorithm: HS256, secret: "
                                + KEY + "}]",
                        "f.yaml:4: outbound.keys[0].secret equals auth.accessKeys[0]; callers that open connections could"
                                + " sign tokens for this node, so give it another secret"));
    }

    @Test
    void hubsInheritWhatTheyDoNotSay() throws Exception {
        Config config = load("""
                hubs:
                  chat:
                  prices: {compression: {thresholdBytes: 10}, groups: []}
                  "*":
                    compression: {enabled: true, maxRatio: 7}
                    slowConsumerPolicy: drop-oldest
                    groups: [{pattern: "a*", slowConsumerPolicy: keep-latest}]
                """);

        Config.Hub any = new Config.Hub(
                new Config.Compression(true, 1024, 7),
                SlowConsumerPolicy.DROP_OLDEST,
                List.of(new Config.HubGroup("a*", SlowConsumerPolicy.KEEP_LATEST)),
                List.of(),
                Config.BusEvents.NONE,
                Config.SharedLimits.NONE,
                0,
                Config.ConsumerSettings.OFF,
                new Config.PublisherSettings(List.of()));
        Config.Hub prices = new Config.Hub(
                new Config.Compression(true, 10, 7),
                SlowConsumerPolicy.DROP_OLDEST,
                List.of(),
                List.of(),
                Config.BusEvents.NONE,
                Config.SharedLimits.NONE,
                0,
                Config.ConsumerSettings.OFF,
                new Config.PublisherSettings(List.of()));
        assertEquals(Map.of("*", any, "chat", any, "prices", prices), config.hubs());
    }

    @Test
    void shownHubsAreAConfiguration() throws Exception {
        Config config = load("hubs: {a.b: {groups: [{pattern: '**', slowConsumerPolicy: drop-newest}]}, '*': {}}");

        assertEquals(config, load(ConfigText.yaml(config)));
    }

    @Test
    void allProblemsAreToldAtOnce() {
        String yaml = "server:\n  port: x\n  prt: 1\nkeepAlive:\n  pingSeconds: 0\n";

        ConfigException refused = assertThrows(
                ConfigException.class,
                () -> ConfigLoader.load(write(yaml), Map.of("FANFARE_GROUPS_SLOTS", "0", "FANFARE_X", "y")));

        String file = directory.resolve("f.yaml").toString();
        assertEquals("""
                The configuration has 5 problems:
                  FANFARE_X: is not the variable of a key; variables are FANFARE_ and the path of a key, such as FANFARE_SERVER_PORT
                  %1$s:3: server.prt is not a key; did you mean server.port?
                  %1$s:2: server.port is "x"; it must be a whole number from 0 to 65535
                  %1$s:5: keepAlive.pingSeconds is "0"; it must be a whole number from 1 to 86400
                  FANFARE_GROUPS_SLOTS: groups.slots is "0"; it must be a whole number from 1 to 16777216""".formatted(file), refused.getMessage());
    }

    @Test
    void secretsAreNeverTold() {
        Stream<String> files = badFiles().map(row -> (String) row.get()[0]).filter(yaml -> yaml.contains("hunter2"));

        files.forEach(yaml -> {
            ConfigException refused = assertThrows(ConfigException.class, () -> load(yaml));
            assertFalse(refused.toString().contains("hunter2"), refused::toString);
        });
    }

    @Test
    void filesThatCannotBeReadAreRefused() throws IOException {
        Path missing = directory.resolve("none.yaml");
        Path latin = directory.resolve("latin.yaml");
        Files.write(latin, "# é".getBytes(StandardCharsets.ISO_8859_1));
        Path control = Files.writeString(directory.resolve("control.yaml"), "server: \u0001");

        assertEquals(List.of(missing + ": cannot be read: there is no such file"), refusal(missing));
        assertEquals(List.of(latin + ": cannot be read: it is not UTF-8"), refusal(latin));
        assertEquals(List.of(directory + ": cannot be read: Is a directory"), refusal(directory));
        assertEquals(List.of(control + ":1: is not YAML: it cannot be parsed"), refusal(control));
    }

    @Test
    void deepNestingIsRefused() {
        ConfigException refused = assertThrows(ConfigException.class, () -> load("[".repeat(100_000)));

        assertEquals(1, refused.problems().size());
    }

    @Test
    void theShownConfigurationHidesSecrets() throws Exception {
        String pem = "{algorithm: HS256, pem: " + KEY + KEY + "}";
        Config config = load("auth:\n  accessKeys: [" + KEY + "]\n  issuers:\n    - " + issuer("keys: [" + pem + "]"));

        String yaml = ConfigText.yaml(config);

        assertFalse((yaml + config).contains(KEY), yaml);
        assertEquals(2, yaml.split("\\(hidden\\)", -1).length - 1, yaml);
    }

    private static Arguments bad(String yaml, String... messages) {
        return arguments(yaml, List.of(messages));
    }

    private static Arguments badHandler(String handler, String problem) {
        return bad(
                "hubs: {chat: {eventHandlers: [" + handler + "]}}", "f.yaml:1: hubs.chat.eventHandlers[0]." + problem);
    }

    private static Arguments badKey(String key, String message) {
        String path = "f.yaml:3: auth.issuers[0].keys[0].";
        String source = message.contains("missing") ? "default: auth.issuers[0].keys[0]." : path;
        return bad("auth:\n  issuers:\n    - " + issuer("keys: [" + key + "]"), source + message);
    }

    private static String base64Url(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String issuer(String more) {
        return "{issuer: i, audience: [a], " + more + "}";
    }

    private static String origin(int line, int index, String value) {
        return "f.yaml:" + line + ": server.allowedOrigins[" + index + "] is \"" + value
                + "\"; it must be * or an origin as browsers send it, such as https://app.example.com";
    }

    private static String endpoint(int line, int index, String value) {
        return "f.yaml:" + line + ": server.publicEndpoints[" + index + "] is \"" + value
                + "\"; it must be http or https, a host and no path, such as https://fanfare.example.com";
    }

    private Config load(String yaml) throws ConfigException, IOException {
        return ConfigLoader.load(write(yaml), Map.of());
    }

    private Path write(String yaml) throws IOException {
        return Files.writeString(directory.resolve("f.yaml"), yaml);
    }

    private static List<String> refusal(Path file) {
        return messages(assertThrows(ConfigException.class, () -> ConfigLoader.load(file, Map.of())));
    }

    private static List<String> messages(ConfigException refused) {
        return refused.problems().stream().map(ConfigProblem::toString).toList();
    }

    /** The problems, with the file's name instead of its path. */
    private static List<String> messages(ConfigException refused, Path directory) {
        return messages(refused).stream()
                .map(message -> message.replace(directory + "/", ""))
                .toList();
    }
}
