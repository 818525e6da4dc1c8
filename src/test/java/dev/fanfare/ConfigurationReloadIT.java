package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.ProcessNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process reads its configuration again, from files that are mounted as Kubernetes mounts a ConfigMap and a Secret. */
class ConfigurationReloadIT {

    private static final String NEW_KEY = "a-new-access-key-of-at-least-32-bytes";
    private static final TokenMinter NEW = new TokenMinter(NEW_KEY, InstantSource.system());

    private static final String BASE = "limits: {groupsPerConnection: 8}";
    private static final String LOADED = "fanfare_configuration_reloads_total{outcome=\"loaded\"}";

    @TempDir
    private static Path volume;

    private static int versions;

    @SuppressWarnings("NullAway.Init") // before the first test
    private static ProcessNode node;

    private int earlier;

    @BeforeAll
    static void start() throws IOException {
        mount(BASE, AnyNode.ACCESS_KEY);
        Files.createSymbolicLink(volume.resolve("fanfare.yaml"), Path.of("..data", "fanfare.yaml"));
        Files.createSymbolicLink(volume.resolve("access-keys"), Path.of("..data", "access-keys"));
        node = ProcessNode.start(Map.of(
                "FANFARE_CONFIG", volume.resolve("fanfare.yaml").toString(),
                "FANFARE_AUTH_ACCESS_KEYS_FILE", volume.resolve("access-keys").toString(),
                "FANFARE_RELOAD_FILE_SECONDS", "1"));
    }

    @BeforeEach
    void restore() throws Exception {
        double before = node.metric(LOADED);
        mount(BASE, AnyNode.ACCESS_KEY);
        node.hangUp();
        await().until(() -> node.metric(LOADED) > before);
        earlier = node.log().length();
    }

    @AfterAll
    static void stop() throws Exception {
        assertEquals(0, node.stop());
        node.close();
    }

    private String log() {
        return node.log().substring(earlier);
    }

    /** All files of a volume change at once, by a symbolic link to their folder that is renamed over the previous one. */
    private static void mount(String yaml, String keys) throws IOException {
        Path before = volume.resolve(".." + versions);
        Path folder = Files.createDirectory(volume.resolve(".." + ++versions));
        Files.writeString(folder.resolve("fanfare.yaml"), yaml + "\n");
        Files.writeString(folder.resolve("access-keys"), keys + "\n");
        Path link = Files.createSymbolicLink(volume.resolve("..data_tmp"), folder.getFileName());
        Files.move(link, volume.resolve("..data"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (Files.exists(before)) {
            Files.delete(before.resolve("fanfare.yaml"));
            Files.delete(before.resolve("access-keys"));
            Files.delete(before);
        }
    }

    private void awaitLine(String... parts) {
        await().untilAsserted(() -> assertTrue(log().lines().anyMatch(line -> containsAll(line, parts)), this::log));
    }

    private static boolean containsAll(String line, String... parts) {
        for (String part : parts) {
            if (!line.contains(part)) {
                return false;
            }
        }
        return true;
    }

    private int send(TokenMinter minter) {
        return node.call(minter, "POST", "/api/hubs/chat/:send", "text/plain", new byte[] {'x'})
                .status();
    }

    @Test
    void aVolumeThatIsSwappedIsNoticed() throws IOException {
        try (JsonClient client = node.client("u").mayAll().json()) {
            mount("limits: {groupsPerConnection: 7}", AnyNode.ACCESS_KEY + "," + NEW_KEY);
            awaitLine("configuration reloaded cause=\"file\" applied=\"auth.accessKeys, limits.groupsPerConnection\"");
            assertEquals(202, send(NEW));

            mount("limits: {groupsPerConnection: 7}", NEW_KEY);
            await().untilAsserted(() ->
                    assertEquals(401, node.call("POST", "/api/hubs/chat/:send").status()));
            assertEquals(202, send(NEW));
            assertEquals("x", client.text());
        }
    }

    @Test
    void sighupAppliesWhatCanAndNamesTheRest() throws Exception {
        mount("{limits: {groupsPerConnection: 7, connections: 3}, logging: {level: debug}}", AnyNode.ACCESS_KEY);
        node.hangUp();
        awaitLine(
                "configuration reloaded cause=\"SIGHUP\"",
                "applied=\"limits.groupsPerConnection, logging.level\" atNextStart=\"limits.connections\"");
        node.client("u").json().close();
        awaitLine(" DEBUG ", "connection accepted");
    }

    @Test
    void aFileThatComesLaterCompletesAReload() throws Exception {
        Path secret = volume.resolve("authorization");
        mount(
                "hubs: {chat: {eventHandlers: [{urlTemplate: 'http://127.0.0.1:9/{event}', userEventPattern: '*', authorizationFile: '"
                        + secret + "'}]}}",
                AnyNode.ACCESS_KEY);
        awaitLine(" ERROR ", "the configuration could not be reloaded", "authorizationFile");
        Files.writeString(secret, "Bearer late");
        awaitLine("configuration reloaded cause=\"file\"", "hubs.chat");
        assertEquals(
                1,
                log().lines()
                        .filter(line -> line.contains("could not be reloaded"))
                        .count());
    }

    @Test
    void aBadFileChangesNothingAndIsReportedWhole() throws Exception {
        mount(
                "{limits: {groupsPerConnection: 0}, keepAlive: {pingSeconds: x}, server: {allowedOrigins: [nonsense]}, logging: {level: debug}}",
                NEW_KEY + ",short");
        node.hangUp();
        awaitLine(
                " ERROR ",
                "the configuration could not be reloaded; the previous one stays in use",
                "limits.groupsPerConnection is",
                "keepAlive.pingSeconds is",
                "server.allowedOrigins[0] is",
                "auth.accessKeys[1] has 5 bytes");
        assertFalse(log().contains(NEW_KEY));
        assertEquals(1, node.metric("fanfare_configuration_failed"));
        assertEquals(401, send(NEW));
        node.client("u").json().close();
        assertFalse(log().contains(" DEBUG "));

        mount("limits: {groupsPerConnection: 6}", NEW_KEY);
        awaitLine("configuration reloaded", "applied=\"auth.accessKeys, limits.groupsPerConnection\"");
        assertEquals(0, node.metric("fanfare_configuration_failed"));
        assertEquals(202, send(NEW));
    }
}
