import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The client application: for each requested name its broker opens a connection to the server application, which
 * subscribes to a match, and the application logs the feed. The broker owns the connection: when it is lost it reconnects
 * and subscribes again. Needs only a JDK:
 *
 * <pre>java src/examples/livescore/ScoreClient.java PORT URL</pre>
 *
 * The URL is where clients of the server application connect. The connection string of the client application's broker is
 * read from FANFARE_CONNECTION_STRING.
 */
final class ScoreClient {

    private static final String HUB = "fans";
    private static final Pattern CLIENT_NAME = Pattern.compile("(?:^|&)client_name=([A-Za-z0-9-]{1,40})(?:&|$)");
    private static final Pattern MATCH = Pattern.compile("(?:^|&)match=([a-z-]{1,40})(?:&|$)");
    private static final long TOKEN_SECONDS = 60;
    private static final int LONGEST_TEXT = 10_000;

    private final Broker broker;
    private final String url;

    private ScoreClient(Broker broker, String url) {
        this.broker = broker;
        this.url = url;
    }

    public static void main(String... arguments) throws Exception {
        String connectionString = System.getenv("FANFARE_CONNECTION_STRING");
        if (arguments.length != 2 || connectionString == null) {
            System.err.println("usage: FANFARE_CONNECTION_STRING=... java src/examples/livescore/ScoreClient.java PORT URL");
            System.exit(2);
        }
        ScoreClient application = new ScoreClient(Broker.of(connectionString, HUB), arguments[1]);
        InetAddress here = InetAddress.getLoopbackAddress();
        HttpServer server = HttpServer.create(new InetSocketAddress(here, Integer.parseInt(arguments[0])), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/connect", exchange -> safely(exchange, application::connect));
        server.createContext("/events/", exchange -> safely(exchange, application::event));
        server.start();
        application.broker.awaitReady();
        log("The client application connects for http://localhost:" + arguments[0] + "/connect?client_name=client5");
    }

    /** Answers a request. */
    private interface Handler {
        void handle(HttpExchange exchange) throws Exception;
    }

    private static void safely(HttpExchange exchange, Handler handler) {
        try (exchange) {
            handler.handle(exchange);
        } catch (Exception e) {
            log("failed: " + e);
        }
    }

    // ---- connections out: REST

    private void connect(HttpExchange exchange) throws Exception {
        String query = String.valueOf(exchange.getRequestURI().getRawQuery());
        Matcher name = CLIENT_NAME.matcher(query);
        Matcher match = MATCH.matcher(query);
        if (!name.find()) {
            answer(exchange, 400, "/connect?client_name=client5&match=final\n");
            return;
        }
        String opening = opening(name.group(1), match.find() ? match.group(1) : "final");
        try {
            HttpResponse<String> opened = broker.call("POST", "/:openConnection", opening);
            answer(exchange, opened.statusCode(), opened.body() + "\n");
        } catch (ConnectException e) {
            answer(exchange, 502, "the broker does not answer\n");
        }
    }

    /** The broker authenticates with a token that it signs with the key "scores", which the application does not know. */
    private String opening(String name, String match) {
        return "{\"connectionId\":\"" + name + "\",\"url\":\"" + url + "\","
                + "\"auth\":{\"jwt\":{\"key\":\"scores\",\"issuer\":\"score-client\",\"audience\":[\"scores\"],"
                + "\"subject\":\"" + name + "\"}},"
                + "\"onOpen\":[{\"text\":\"" + match + "\"}]}";
    }

    // ---- events in: CloudEvents over HTTP, binary mode

    private void event(HttpExchange exchange) throws Exception {
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
            byte[] body = exchange.getRequestBody().readNBytes(LONGEST_TEXT);
            answer(exchange, 204, "");
            heard(connection, type.substring(type.lastIndexOf('.') + 1), new String(body, StandardCharsets.UTF_8));
        }
    }

    private void heard(String connection, String event, String text) throws Exception {
        log(connection + " " + event + " " + text);
        if (text.contains("\"over\":true")) {
            // Otherwise the broker would open it again.
            broker.call("DELETE", "/connections/" + connection, null);
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static synchronized void log(String text) {
        System.out.println("[client] " + text);
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

        /** Waits until the broker answers. */
        void awaitReady() throws InterruptedException {
            HttpRequest health = HttpRequest.newBuilder(URI.create(endpoint + "/api/health"))
                    .method("HEAD", HttpRequest.BodyPublishers.noBody())
                    .build();
            boolean ready = false;
            while (!ready) {
                try {
                    ready = http.send(health, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
                } catch (IOException notYet) {
                    TimeUnit.MILLISECONDS.sleep(100);
                }
            }
        }

        HttpResponse<String> call(String method, String path, String json) throws Exception {
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
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
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
