package dev.fanfare.testkit;

import dev.fanfare.Node;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigLoader;
import dev.fanfare.config.ConfigSource;
import dev.fanfare.config.LiveConfig;
import dev.fanfare.operations.FanfareClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A node in this process, with three event loops and free ports, and what a test wants of it from outside. */
public final class TestNode extends AnyNode implements AutoCloseable {

    private final Node node;
    private @Nullable Future<Void> stopped;

    private TestNode(Node node) {
        this.node = node;
    }

    /**
     * Starts a node.
     *
     * @param settings environment variables without {@code FANFARE_}, such as {@code LIMITS_CONNECTIONS=2}
     */
    public static TestNode start(String... settings) {
        return start(null, settings);
    }

    /**
     * Starts a node.
     *
     * @param certificate of its TLS listener, null for none
     * @param settings environment variables without {@code FANFARE_}, such as {@code LIMITS_CONNECTIONS=2}
     */
    public static TestNode start(@Nullable TestCertificate certificate, String... settings) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "FANFARE_SHUTDOWN_TIMEOUT_SECONDS", "1",
                "FANFARE_SERVER_HOST", "127.0.0.1",
                "FANFARE_SERVER_PORT", "0",
                "FANFARE_SERVER_EVENT_LOOPS", "3",
                "FANFARE_MANAGEMENT_PORT", "0",
                "FANFARE_AUTH_ACCESS_KEYS", ACCESS_KEY));
        if (certificate != null) {
            environment.putAll(certificate.brokerSettings());
            environment.put("FANFARE_SERVER_TLS_PORT", "0");
        }
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            environment.put("FANFARE_" + setting.substring(0, equals), setting.substring(equals + 1));
        }
        try {
            Config config = ConfigLoader.load(null, environment);
            return new TestNode(await(Node.start(config)));
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Starts a node that reads its configuration from a file, which has its access keys, and may read it again. */
    public static TestNode startWith(Path file, String... settings) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "FANFARE_SHUTDOWN_TIMEOUT_SECONDS", "1",
                "FANFARE_SERVER_HOST", "127.0.0.1",
                "FANFARE_SERVER_PORT", "0",
                "FANFARE_SERVER_EVENT_LOOPS", "3",
                "FANFARE_MANAGEMENT_PORT", "0"));
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            environment.put("FANFARE_" + setting.substring(0, equals), setting.substring(equals + 1));
        }
        ConfigSource source = new ConfigSource(file, environment);
        try {
            return new TestNode(await(Node.start(source.load(), source)));
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Override
    public int port() {
        return node.port();
    }

    @Override
    public int managementPort() {
        return node.managementPort();
    }

    /** The port with TLS, 0 if there is none. */
    public int tlsPort() {
        return node.tlsPort();
    }

    /** A client for operations over the event bus of the node. */
    public FanfareClient operations() {
        return node.client();
    }

    /** What the node runs on. */
    public Vertx vertx() {
        return node.vertx();
    }

    /** Begins to read its configuration again. */
    public Future<LiveConfig.ConfigChange> reload() {
        return node.reload("test");
    }

    /** Begins to stop, as SIGTERM does. */
    public synchronized Future<Void> stop() {
        Future<Void> stopping = stopped;
        if (stopping == null) {
            stopping = node.stop();
            stopped = stopping;
        }
        return stopping;
    }

    @Override
    public void close() {
        await(stop());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not in time", e);
        }
    }
}
