package dev.fanfare.testkit;

import dev.fanfare.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The broker in a process of its own, on free ports of the loopback interface: from the runnable jar where the system
 * property {@code fanfare.jar} names it, else from the classes. All that tests know of it is what it prints for its operator.
 */
public final class BrokerProcess implements AutoCloseable {

    private static final int START_SECONDS = 180;
    private static final int STOP_SECONDS = 180;
    private static final String ACCESS_KEYS = "FANFARE_AUTH_ACCESS_KEYS";
    private static final Pattern CLIENTS = Pattern.compile("  clients +(wss?)://[^/]*:(\\d+)/.*");
    private static final Pattern METRICS = Pattern.compile("  Prometheus +(http://\\S+)");
    private static final Pattern CONNECTION_STRING = Pattern.compile("  (Endpoint=.*;AccessKey=([^;]*);.*)");

    private final Process process;
    private final Path log;
    private final List<String> output = new ArrayList<>();
    private final CompletableFuture<BrokerProcess> ready = new CompletableFuture<>();

    private int port;
    private int tlsPort;
    private URI metrics = URI.create("");
    private String accessKey;

    private BrokerProcess(Process process, Path log, String accessKey) {
        this.process = process;
        this.log = log;
        this.accessKey = accessKey;
    }

    /** Starts a broker with its defaults and an access key. */
    public static BrokerProcess start() throws IOException {
        return start(Map.of());
    }

    /**
     * Starts a broker and waits until it says that it is ready.
     *
     * @param settings environment variables that begin with {@code FANFARE_}; an access key is among them unless they
     *     say otherwise, and where they say none, one that the broker makes up is expected
     */
    public static BrokerProcess start(Map<String, String> settings) throws IOException {
        return start(settings, List.of(), program());
    }

    /**
     * The same, by way of a command that ends by becoming the one it is given, such as {@code ip netns exec NAME}.
     *
     * @param program the command that runs it
     */
    static BrokerProcess start(Map<String, String> settings, List<String> prefix, List<String> program)
            throws IOException {
        Path log = Files.createTempFile("fanfare", ".log");
        List<String> command = Stream.of(prefix, program).flatMap(List::stream).toList();
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("FANFARE_"));
        environment.putAll(defaults());
        environment.putAll(settings);
        String keys = environment.getOrDefault(ACCESS_KEYS, "");
        String keyFile = settings.get(ACCESS_KEYS + "_FILE");
        if (keyFile != null) {
            keys = Files.readString(Path.of(keyFile));
            environment.remove(ACCESS_KEYS);
        }
        String configuredKey = keys.strip().split(",", 2)[0];
        BrokerProcess broker = new BrokerProcess(builder.start(), log, configuredKey);
        Thread reader = new Thread(broker::read, "broker-output");
        reader.setDaemon(true);
        reader.start();
        return broker.whenReady();
    }

    /** The command that runs this program. */
    public static List<String> program() {
        return JavaCommand.of(Main.class, "-Xmx512m");
    }

    private static Map<String, String> defaults() {
        return Map.of(
                "FANFARE_SERVER_HOST",
                "127.0.0.1",
                "FANFARE_SERVER_PORT",
                "0",
                "FANFARE_SERVER_TLS_PORT",
                "0",
                "FANFARE_MANAGEMENT_PORT",
                "0",
                ACCESS_KEYS,
                UUID.randomUUID().toString());
    }

    /** The port for clients and servers without TLS, 0 if there is none. */
    public int port() {
        return port;
    }

    /** The port for clients and servers with TLS, 0 if there is none. */
    public int tlsPort() {
        return tlsPort;
    }

    /** Where clients and servers connect without TLS. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Where clients and servers connect with TLS. */
    public URI tlsEndpoint() {
        return URI.create("https://127.0.0.1:" + tlsPort);
    }

    /** Where Prometheus scrapes. */
    public URI metrics() {
        return metrics;
    }

    /** A key that signs tokens. */
    public String accessKey() {
        return accessKey;
    }

    /** What server SDKs are given to connect without TLS. */
    public String connectionString() {
        return connectionString(endpoint());
    }

    /** What server SDKs are given to connect to some endpoint of this broker. */
    public String connectionString(URI endpoint) {
        return "Endpoint=" + endpoint + ";AccessKey=" + accessKey + ";Version=1.0;";
    }

    /** The lines of its standard output so far. */
    public List<String> output() {
        synchronized (output) {
            return List.copyOf(output);
        }
    }

    /** Its standard error so far. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends SIGTERM, waits for the end, and returns the exit code. */
    public int stop() throws InterruptedException {
        // Unlike Process.destroy this leaves the output readable.
        process.toHandle().destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("The broker did not end: " + log());
        }
        return process.exitValue();
    }

    /** Sends SIGSTOP: it hangs until {@link #resume}. */
    public void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** Sends SIGCONT. */
    public void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    /** Sends SIGHUP. */
    public void hangUp() throws IOException, InterruptedException {
        signal("HUP");
    }

    private void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        if (kill.waitFor() != 0) {
            throw new IOException("no process for SIG" + name);
        }
    }

    /** Sends SIGKILL, if it still runs. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        Files.deleteIfExists(log);
    }

    private BrokerProcess whenReady() throws IOException {
        try {
            return ready.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            String said = String.join("\n", output()) + log();
            close();
            throw new IOException("The broker did not start: " + said, e);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private void read() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (output) {
                    output.add(line);
                }
                understand(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            ready.completeExceptionally(new IOException("the output ended"));
        }
    }

    private void understand(String line) {
        Matcher clients = CLIENTS.matcher(line);
        if (clients.matches()) {
            int listener = Integer.parseInt(clients.group(2));
            if (clients.group(1).equals("ws")) {
                port = listener;
            } else {
                tlsPort = listener;
            }
        }
        Matcher scraped = METRICS.matcher(line);
        if (scraped.matches()) {
            metrics = URI.create(scraped.group(1));
        }
        Matcher made = CONNECTION_STRING.matcher(line);
        if (made.matches()) {
            accessKey = made.group(2);
        }
        if (!metrics.toString().isEmpty() && !accessKey.isEmpty()) {
            ready.complete(this);
        }
    }
}
