import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A random market: publishes prices over the REST API, each to the group of its symbol, until it is stopped. Needs only a
 * JDK.
 *
 * <pre>java src/examples/quotes/Quotes.java [PRICES-PER-SECOND]</pre>
 *
 * The connection string, which a node prints at its start, is read from FANFARE_CONNECTION_STRING.
 */
final class Quotes {

    private static final List<String> SYMBOLS = List.of(
            "ACME", "BOLT", "CORA", "DUNE", "ECHO", "FERN", "GALE", "HALO", "IRIS", "JADE", "KITE", "LUMA");
    private static final String HUB = "example_quotes";
    private static final long TOKEN_SECONDS = 300;
    private static final long AWAY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Base64.Encoder BASE64_URL = Base64.getUrlEncoder().withoutPadding();

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, Double> prices = new HashMap<>();
    private final Random random = new Random();
    private final String endpoint;
    private final String accessKey;

    private Quotes(String connectionString) {
        endpoint = part(connectionString, "Endpoint");
        accessKey = part(connectionString, "AccessKey");
        SYMBOLS.forEach(symbol -> prices.put(symbol, 20 + 200 * random.nextDouble()));
    }

    public static void main(String... arguments) throws Exception {
        String connectionString = System.getenv("FANFARE_CONNECTION_STRING");
        if (arguments.length > 1 || connectionString == null) {
            System.err.println("usage: FANFARE_CONNECTION_STRING=... java src/examples/quotes/Quotes.java"
                    + " [PRICES-PER-SECOND]");
            System.exit(2);
        }
        new Quotes(connectionString).run(arguments.length == 0 ? 10 : Integer.parseInt(arguments[0]));
    }

    /** Publishes at a steady rate; prices are skipped while the broker is unavailable. */
    private void run(int pricesPerSecond) throws Exception {
        long pause = TimeUnit.SECONDS.toNanos(1) / pricesPerSecond;
        long due = System.nanoTime();
        boolean away = false;
        for (long published = 0; ; published++) {
            try {
                String price = publish(SYMBOLS.get((int) (published % SYMBOLS.size())));
                if (away) {
                    System.out.println("the broker is back");
                }
                away = false;
                System.out.println(price);
            } catch (IOException e) {
                if (!away) { // once, until it is available again
                    String why = e instanceof ConnectException ? "nobody listens at " + endpoint : e.getMessage();
                    System.out.println("no broker: " + why + "; trying once a second");
                }
                away = true;
            }
            due = Math.max(due + (away ? AWAY_NANOS : pause), System.nanoTime());
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
        }
    }

    private String publish(String symbol) throws Exception {
        double price = prices.merge(symbol, 1 + random.nextGaussian() / 500, (old, change) -> old * change);
        String url = endpoint + "/api/hubs/" + HUB + "/groups/quote." + symbol + "/:send";
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + token(url))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(String.format(Locale.ROOT, "{\"price\":%.2f}", price)))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        int status = response.statusCode();
        if (status == 429 || status >= 500) { // overloaded or shutting down
            throw new IOException(status + " " + response.body());
        }
        if (status != 202) { // a permanent failure
            System.err.println("refused: " + status + " " + response.body());
            System.exit(1);
        }
        return String.format(Locale.ROOT, "%s %.2f", symbol, price);
    }

    /** A JWT (RFC 7519) for one URL. */
    private String token(String url) throws GeneralSecurityException {
        long expires = System.currentTimeMillis() / 1000 + TOKEN_SECONDS;
        String signed = base64Url("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "."
                + base64Url("{\"aud\":\"" + url + "\",\"exp\":" + expires + "}");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(accessKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return signed + "." + BASE64_URL.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String base64Url(String text) {
        return BASE64_URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String part(String connectionString, String name) {
        for (String part : connectionString.split(";")) {
            if (part.startsWith(name + "=")) {
                return part.substring(name.length() + 1);
            }
        }
        throw new IllegalArgumentException("the connection string has no " + name);
    }
}
