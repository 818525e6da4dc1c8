import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Sends a text to a group over the REST API; needs only a JDK. It does what a server SDK does: a JWT for the URL of the
 * request, signed with the access key.
 *
 * <pre>java src/examples/Publish.java HUB GROUP TEXT</pre>
 *
 * The connection string, which a node prints at its start, is read from FANFARE_CONNECTION_STRING.
 */
final class Publish {

    private static final Base64.Encoder BASE64_URL = Base64.getUrlEncoder().withoutPadding();

    private Publish() {}

    public static void main(String... arguments) throws Exception {
        String connectionString = System.getenv("FANFARE_CONNECTION_STRING");
        if (arguments.length != 3 || connectionString == null) {
            System.err.println("usage: FANFARE_CONNECTION_STRING=... java src/examples/Publish.java HUB GROUP TEXT");
            System.exit(2);
        }
        String endpoint = part(connectionString, "Endpoint");
        if (!endpoint.startsWith("http://") && !endpoint.startsWith("https://")) {
            fail("FANFARE_CONNECTION_STRING has an Endpoint without http:// or https://");
        }
        String url = endpoint + "/api/hubs/" + encoded(arguments[0]) + "/groups/"
                + encoded(arguments[1]) + "/:send";
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + token(url, part(connectionString, "AccessKey")))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(arguments[2]))
                .build();
        try {
            HttpResponse<String> response =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            // The reason of a refusal is in the body, or, without one, in the header WWW-Authenticate.
            String reason = response.body().isEmpty()
                    ? response.headers().firstValue("WWW-Authenticate").orElse("")
                    : response.body();
            System.out.println((response.statusCode() + " " + reason).strip());
            System.exit(response.statusCode() == 202 ? 0 : 1);
        } catch (IOException e) {
            fail(e instanceof ConnectException ? "no broker listens at " + endpoint : "" + e);
        }
    }

    private static void fail(String why) {
        System.err.println("failed: " + why);
        System.exit(1);
    }

    /** A JWT (RFC 7519), valid for five minutes and for this URL only. */
    private static String token(String url, String accessKey) throws GeneralSecurityException {
        long expires = System.currentTimeMillis() / 1000 + 300;
        String signed = base64Url("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "."
                + base64Url("{\"aud\":\"" + url + "\",\"exp\":" + expires + "}");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(accessKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return signed + "." + BASE64_URL.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String part(String connectionString, String name) {
        for (String part : connectionString.split(";")) {
            if (part.startsWith(name + "=")) {
                return part.substring(name.length() + 1);
            }
        }
        fail("FANFARE_CONNECTION_STRING has no " + name);
        return "";
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String base64Url(String text) {
        return BASE64_URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
