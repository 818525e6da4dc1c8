import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * A chain of stores: each holds one connection, reports its sales over it and gets every change of a price pushed. Prints
 * the number of messages, their latency, and the number of requests that polling would have cost.
 *
 * <pre>java -cp target/fanfare.jar src/examples/stores/Stores.java [SECONDS [STORES]]</pre>
 *
 * Uses the node of FANFARE_CONNECTION_STRING; without it, one that is started for this run.
 */
final class Stores {

    private static final String HUB = "example_stores";
    private static final String SALES = "sales";
    private static final String PRICES = "prices";
    private static final double SALES_PER_STORE_AND_MINUTE = 7;
    private static final double POLLS_PER_STORE_AND_MINUTE = 2;
    private static final double PRICES_PER_SECOND = 1;
    private static final int OPENING_AT_ONCE = 50;
    private static final int TOKEN_SECONDS = 300;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Histogram sales = latencies();
    private final Histogram prices = latencies();
    private final AtomicInteger ended = new AtomicInteger();
    private final List<Connection> stores = new ArrayList<>();
    private final ConnectionString node;

    private Stores(ConnectionString node) {
        this.node = node;
    }

    public static void main(String... arguments) throws Exception {
        if (arguments.length > 2) {
            System.err.println(
                    "usage: java -cp target/fanfare.jar src/examples/stores/Stores.java [SECONDS [STORES]]");
            System.exit(2);
        }
        int seconds = arguments.length < 1 ? 60 : Integer.parseInt(arguments[0]);
        int count = arguments.length < 2 ? 1000 : Integer.parseInt(arguments[1]);
        String given = System.getenv("FANFARE_CONNECTION_STRING");
        boolean complete;
        if (given != null) {
            complete = new Stores(ConnectionString.parse(given)).run(seconds, count);
        } else {
            try (OwnNode own = OwnNode.start()) {
                complete = new Stores(own.connectionString).run(seconds, count);
            }
        }
        System.exit(complete ? 0 : 1); // the client's threads would keep running for a while
    }

    /** Whether all messages have arrived, and all connections are still open. */
    private boolean run(int seconds, int count) throws Exception {
        print("Opening %,d connections to %s ...", count + 1, node.endpoint);
        long start = System.nanoTime();
        open(count);
        print("... took %.1f s. Trading for %d s ...", secondsSince(start), seconds);

        long salesDue = Math.round(count * SALES_PER_STORE_AND_MINUTE / 60 * seconds);
        long pricesDue = Math.round(PRICES_PER_SECOND * seconds);
        Thread pricing = new Thread(() -> paced(pricesDue, PRICES_PER_SECOND, this::changePrice), "prices");
        pricing.start();
        paced(salesDue, salesDue / (double) seconds, this::sell);
        pricing.join();
        awaitArrival(salesDue, pricesDue * count);
        report(seconds, count, salesDue, pricesDue);
        return sales.getTotalCount() == salesDue && prices.getTotalCount() == pricesDue * count && ended.get() == 0;
    }

    /** The head office receives sales; the stores receive prices and may publish sales, nothing else. */
    private void open(int count) throws Exception {
        CompletableFuture<?> office = connect("office", SALES, List.of(), sales);
        Semaphore opening = new Semaphore(OPENING_AT_ONCE);
        List<CompletableFuture<Connection>> all = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            opening.acquire();
            all.add(connect("store-" + i, PRICES, List.of("webpubsub.sendToGroup." + SALES), prices)
                    .whenComplete((connection, failure) -> opening.release()));
        }
        office.get();
        for (CompletableFuture<Connection> each : all) {
            stores.add(each.get());
        }
    }

    /** Opens a connection, which is a member of its group from its first frame on. */
    private CompletableFuture<Connection> connect(String user, String group, List<String> roles, Histogram latencies)
            throws GeneralSecurityException {
        String path = "/client/hubs/" + HUB;
        String token = node.token(String.format(
                "{\"aud\":\"%s\",\"exp\":%d,\"sub\":\"%s\",\"role\":[%s],\"webpubsub.group\":[\"%s\"]}",
                node.endpoint + path, expiry(), user, quoted(roles), group));
        Connection connection = new Connection(latencies, ended);
        http.newWebSocketBuilder()
                .subprotocols("json.webpubsub.azure.v1")
                .header("Authorization", "Bearer " + token)
                .buildAsync(URI.create(node.endpoint.replaceFirst("^http", "ws") + path), connection)
                .exceptionally(failure -> {
                    connection.ready.completeExceptionally(failure);
                    return null;
                });
        return connection.ready;
    }

    /** One socket. Records how long after they were due messages arrive. */
    private static final class Connection implements WebSocket.Listener {

        private static final Pattern DUE = Pattern.compile("\"due\":(\\d+)");

        private final CompletableFuture<Connection> ready = new CompletableFuture<>();
        private final StringBuilder frame = new StringBuilder();
        private final Histogram latencies;
        private final AtomicInteger ended;
        private WebSocket socket;
        private CompletableFuture<WebSocket> sent;

        Connection(Histogram latencies, AtomicInteger ended) {
            this.latencies = latencies;
            this.ended = ended;
        }

        @Override
        public void onOpen(WebSocket opened) {
            socket = opened;
            sent = CompletableFuture.completedFuture(opened);
            opened.request(1);
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            frame.append(part);
            if (last) {
                hear();
                frame.setLength(0);
            }
            from.request(1);
            return null;
        }

        private void hear() {
            Matcher due = DUE.matcher(frame);
            if (due.find()) {
                latencies.recordValue(microsSince(Long.parseLong(due.group(1))));
            } else if (frame.indexOf("\"event\":\"connected\"") >= 0) {
                ready.complete(this);
            }
        }

        /** Only one thread sends; a socket takes one message at a time. */
        void send(String text) {
            sent = sent.thenCompose(free -> socket.sendText(text, true));
        }

        @Override
        public CompletionStage<?> onClose(WebSocket closed, int code, String reason) {
            ready.completeExceptionally(new IOException(code + " " + reason));
            ended.incrementAndGet();
            return null;
        }

        @Override
        public void onError(WebSocket broken, Throwable error) {
            ready.completeExceptionally(error);
            ended.incrementAndGet();
        }
    }

    /** A repeated action. */
    private interface Step {
        /**
         * @param number from 0 upwards
         * @param due when it should be done, by {@link System#nanoTime}
         */
        void run(long number, long due) throws Exception;
    }

    /**
     * Runs an action at a steady rate. A late run starts at once, and its time counts from when it was due: a stall is
     * included in the figures of all runs that it delayed.
     */
    private static void paced(long times, double perSecond, Step step) {
        long start = System.nanoTime();
        for (long i = 0; i < times; i++) {
            long due = start + (long) (i * 1e9 / perSecond);
            for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            try {
                step.run(i, due);
            } catch (Exception e) {
                throw new IllegalStateException("step=" + i, e);
            }
        }
    }

    private void sell(long number, long due) {
        stores.get((int) (number % stores.size()))
                .send("{\"type\":\"sendToGroup\",\"group\":\"" + SALES + "\",\"dataType\":\"json\","
                        + "\"data\":{\"receipt\":" + number + ",\"cents\":1299,\"due\":" + due + "}}");
    }

    private void changePrice(long number, long due) throws Exception {
        String url = node.endpoint + "/api/hubs/" + HUB + "/groups/" + PRICES + "/:send";
        String token = node.token("{\"aud\":\"" + url + "\",\"exp\":" + expiry() + "}");
        String price = "{\"article\":" + number + ",\"cents\":1199,\"due\":" + due + "}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(price))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 202) {
            throw new IOException(response.statusCode() + " " + response.body());
        }
    }

    private void awaitArrival(long allSales, long allPrices) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while ((sales.getTotalCount() < allSales || prices.getTotalCount() < allPrices) && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private void report(int seconds, int count, long salesDue, long pricesDue) {
        print("");
        print("%-24s %9s %6s %8s %8s %8s %8s", "milliseconds", "messages", "lost", "p50", "p99", "p99.9", "max");
        line("sales to the office", sales, salesDue);
        line("prices to all stores", prices, pricesDue * count);
        if (ended.get() > 0) {
            print("%,d connections ended before their time", ended.get());
        }
        long polls = Math.round(count * POLLS_PER_STORE_AND_MINUTE / 60 * seconds);
        print("");
        print("%-24s %9s %9s", "HTTP requests", "polling", "Fanfare");
        print("%-24s %,9d %,9d", "to learn of prices", polls, pricesDue);
        print("%-24s %,9d %,9d", "to report sales", salesDue, 0);
        print("%-24s %,9d %,9d", "to connect, once", 0, count + 1);
        print("%-24s %9s %,9d", "saved", "", polls + salesDue - pricesDue - count - 1);
        double wait = 60 / POLLS_PER_STORE_AND_MINUTE / 2;
        print("");
        print("Who polls learns of a price %.0f s late on average.", wait);
    }

    private static void line(String name, Histogram latencies, long due) {
        long messages = latencies.getTotalCount();
        print(
                "%-24s %,9d %,6d %8.1f %8.1f %8.1f %8.1f",
                name,
                messages,
                due - messages,
                latencies.getValueAtPercentile(50) / 1000.0,
                latencies.getValueAtPercentile(99) / 1000.0,
                latencies.getValueAtPercentile(99.9) / 1000.0,
                latencies.getMaxValue() / 1000.0);
    }

    /** The endpoint of a node, and the key that signs tokens for it. */
    private record ConnectionString(String endpoint, String accessKey) {

        private static final Base64.Encoder BASE64_URL = Base64.getUrlEncoder().withoutPadding();

        static ConnectionString parse(String text) {
            return new ConnectionString(part(text, "Endpoint"), part(text, "AccessKey"));
        }

        private static String part(String text, String name) {
            for (String part : text.split(";")) {
                if (part.startsWith(name + "=")) {
                    return part.substring(name.length() + 1);
                }
            }
            throw new IllegalArgumentException("the connection string has no " + name);
        }

        /** A JWT (RFC 7519) of claims in JSON. */
        String token(String claims) throws GeneralSecurityException {
            String signed = base64Url("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + base64Url(claims);
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(accessKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return signed + "." + BASE64_URL.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
        }

        private static String base64Url(String text) {
            return BASE64_URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** A node in a process of its own, on free ports, which ends with this run. */
    private record OwnNode(Process process, ConnectionString connectionString) implements AutoCloseable {

        static OwnNode start() throws IOException {
            ProcessBuilder builder = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "dev.fanfare.Main");
            builder.environment().keySet().removeIf(name -> name.startsWith("FANFARE_"));
            builder.environment()
                    .putAll(Map.of(
                            "FANFARE_SERVER_HOST", "127.0.0.1",
                            "FANFARE_SERVER_PORT", "0",
                            "FANFARE_MANAGEMENT_PORT", "0",
                            "FANFARE_LOGGING_LEVEL", "warn"));
            Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            BufferedReader output = process.inputReader();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("  Endpoint=")) {
                    return new OwnNode(process, ConnectionString.parse(line.strip()));
                }
            }
            throw new IOException("the node did not start");
        }

        @Override
        public void close() throws InterruptedException {
            process.destroy();
            process.waitFor();
        }
    }

    private static Histogram latencies() {
        Histogram histogram = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(1), 3);
        histogram.setAutoResize(true);
        return histogram;
    }

    private static long microsSince(long nanoTime) {
        return Math.max(0, TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - nanoTime));
    }

    private static double secondsSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e9;
    }

    private static long expiry() {
        return System.currentTimeMillis() / 1000 + TOKEN_SECONDS;
    }

    private static String quoted(List<String> texts) {
        return texts.isEmpty() ? "" : "\"" + String.join("\",\"", texts) + "\"";
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }
}
