import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The server application: gets the events of clients of the hub "scores" by webhook, greets clients, handles their
 * subscription to a match, pushes the score to all subscribers at an interval, and closes them when the match is over.
 * Needs only a JDK:
 *
 * <pre>java src/examples/livescore/ScoreServer.java PORT SECONDS-BETWEEN-UPDATES</pre>
 *
 * The connection string is read from FANFARE_CONNECTION_STRING.
 */
final class ScoreServer {

    private static final String HUB = "scores";
    private static final int LAST_MINUTE = 90;
    private static final int MINUTES_BETWEEN_UPDATES = 9;
    private static final long TOKEN_SECONDS = 60;
    private static final int LONGEST_TEXT = 100;

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Map<String, Match> matches = Map.of("final", new Match("final"), "third-place", new Match("third-place"));
    private final Broker broker;
    private final long millisBetweenUpdates;

    private ScoreServer(Broker broker, double secondsBetweenUpdates) {
        this.broker = broker;
        this.millisBetweenUpdates = Math.max(1, Math.round(secondsBetweenUpdates * 1000));
    }

    public static void main(String... arguments) throws IOException {
        String connectionString = System.getenv("FANFARE_CONNECTION_STRING");
        if (arguments.length != 2 || connectionString == null) {
            System.err.println("usage: FANFARE_CONNECTION_STRING=... java src/examples/livescore/ScoreServer.java"
                    + " PORT SECONDS-BETWEEN-UPDATES");
            System.exit(2);
        }
        ScoreServer application =
                new ScoreServer(Broker.of(connectionString, HUB), Double.parseDouble(arguments[1]));
        InetAddress here = InetAddress.getLoopbackAddress();
        HttpServer server = HttpServer.create(new InetSocketAddress(here, Integer.parseInt(arguments[0])), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/events/", application::handle);
        server.start();
        log("The server application is told of events at port " + arguments[0]);
    }

    // ---- events in: CloudEvents over HTTP, binary mode

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String type = exchange.getRequestHeaders().getFirst("ce-type");
            String connection = exchange.getRequestHeaders().getFirst("ce-connectionId");
            if (exchange.getRequestMethod().equals("OPTIONS")) {
                // Before its first event the broker asks for permission.
                exchange.getResponseHeaders().set("WebHook-Allowed-Origin", "*");
                answer(exchange, 200, "");
            } else if (type == null || connection == null) {
                answer(exchange, 400, "");
            } else if (!broker.signed(connection, exchange.getRequestHeaders().getFirst("ce-signature"))) {
                answer(exchange, 401, "");
            } else {
                event(exchange, type, connection);
            }
        } catch (Exception e) {
            log("failed: " + e);
        }
    }

    private void event(HttpExchange exchange, String type, String connection) throws Exception {
        String user = exchange.getRequestHeaders().getFirst("ce-userId");
        switch (type) {
            case "azure.webpubsub.sys.connected" -> {
                log(user + " came");
                answer(exchange, 204, "");
                String greeting = "{\"welcome\":\"" + user + "\",\"matches\":[\"final\",\"third-place\"]}";
                broker.post("/connections/" + connection + "/:send", greeting);
            }
            case "azure.webpubsub.user.message" -> answer(exchange, 200, subscribe(connection, user, text(exchange)));
            case "azure.webpubsub.sys.disconnected" -> {
                log(user + " left");
                answer(exchange, 204, "");
            }
            default -> answer(exchange, 204, "");
        }
    }

    private String subscribe(String connection, String user, String name) throws Exception {
        Match match = matches.get(name);
        if (match == null) {
            return "{\"error\":\"there is no such match\"}";
        }
        broker.call("PUT", match.group() + "/connections/" + connection, null);
        log(user + " follows " + name);
        return match.join();
    }

    /** The response to a user event is sent to its client. */
    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static String text(HttpExchange exchange) throws IOException {
        return new String(exchange.getRequestBody().readNBytes(LONGEST_TEXT), StandardCharsets.UTF_8);
    }

    // ---- the feed out: REST

    /** Begins with its first subscriber. Its methods are synchronized. */
    private final class Match {

        private final Random random = new Random();
        private final String name;
        private ScheduledFuture<?> feed;
        private int minute;
        private int home;
        private int guests;

        Match(String name) {
            this.name = name;
        }

        String group() {
            return "/groups/match." + name;
        }

        synchronized String join() {
            if (feed == null) {
                feed = clock.scheduleAtFixedRate(
                        this::update, millisBetweenUpdates, millisBetweenUpdates, TimeUnit.MILLISECONDS);
            }
            if (minute == LAST_MINUTE) {
                clock.schedule(this::closeAll, 1, TimeUnit.SECONDS);
            }
            return score();
        }

        private synchronized void update() {
            minute += MINUTES_BETWEEN_UPDATES;
            home += random.nextInt(4) == 0 ? 1 : 0;
            guests += random.nextInt(5) == 0 ? 1 : 0;
            try {
                log(score());
                broker.post(group() + "/:send", score());
            } catch (Exception e) {
                log("not pushed: " + e);
            }
            if (minute == LAST_MINUTE) {
                feed.cancel(false);
                closeAll();
            }
        }

        private String score() {
            return "{\"match\":\"" + name + "\",\"minute\":" + minute + ",\"score\":\"" + home + ":" + guests
                    + "\",\"over\":" + (minute == LAST_MINUTE) + "}";
        }

        private void closeAll() {
            try {
                broker.post(group() + "/:closeConnections?reason=The%20match%20is%20over.", null);
            } catch (Exception e) {
                log("not closed: " + e);
            }
        }
    }

    private static synchronized void log(String text) {
        System.out.println("[server] " + text);
    }

    /** The REST API of a hub. */
    private record Broker(HttpClient http, String endpoint, String accessKey, String hub) {

        private static final Base64.Encoder BASE64_URL = Base64.getUrlEncoder().withoutPadding();

        static Broker of(String connectionString, String hub) {
            return new Broker(
                    HttpClient.newHttpClient(),
                    part(connectionString, "Endpoint"),
                    part(connectionString, "AccessKey"),
                    hub);
        }

        private static String part(String connectionString, String name) {
            for (String part : connectionString.split(";")) {
                if (part.startsWith(name + "=")) {
                    return part.substring(name.length() + 1);
                }
            }
            throw new IllegalArgumentException("the connection string has no " + name);
        }

        void post(String path, String json) throws Exception {
            call("POST", path, json);
        }

        void call(String method, String path, String json) throws Exception {
            String url = endpoint + "/api/hubs/" + hub + path;
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                    .header("Authorization", "Bearer " + token(url))
                    .method(
                            method,
                            json == null
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(json));
            if (json != null) {
                request.header("Content-Type", "application/json");
            }
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
            }
        }

        /** A JWT (RFC 7519) for one URL. */
        private String token(String url) throws GeneralSecurityException {
            long expires = System.currentTimeMillis() / 1000 + TOKEN_SECONDS;
            String signed = base64Url("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8)) + "."
                    + base64Url(("{\"aud\":\"" + url + "\",\"exp\":" + expires + "}")
                            .getBytes(StandardCharsets.UTF_8));
            return signed + "." + base64Url(hmac(signed));
        }

        /** Whether an event of a connection is signed with our access key. */
        boolean signed(String connection, String signature) throws GeneralSecurityException {
            byte[] expected = ("sha256=" + HexFormat.of().formatHex(hmac(connection))).getBytes(StandardCharsets.UTF_8);
            for (String each : signature == null ? new String[0] : signature.split(",")) {
                if (MessageDigest.isEqual(expected, each.getBytes(StandardCharsets.UTF_8))) {
                    return true;
                }
            }
            return false;
        }

        private byte[] hmac(String text) throws GeneralSecurityException {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(accessKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        }

        private static String base64Url(byte[] bytes) {
            return BASE64_URL.encodeToString(bytes);
        }
    }
}
