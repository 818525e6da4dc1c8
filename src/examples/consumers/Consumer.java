import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A consumer: registers with its secret, listens for some messages, finds that it cannot connect twice, and is disconnected
 * when it sends. Needs only a JDK:
 *
 * <pre>java src/examples/consumers/Consumer.java ENDPOINT HUB CLIENT-ID SECRET MESSAGES</pre>
 */
final class Consumer implements WebSocket.Listener {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private final CompletableFuture<String> closed = new CompletableFuture<>();
    private final CountDownLatch wanted;
    private final StringBuilder text = new StringBuilder();

    private Consumer(int messages) {
        this.wanted = new CountDownLatch(messages);
    }

    public static void main(String... arguments) throws Exception {
        if (arguments.length != 5) {
            System.err.println("usage: java src/examples/consumers/Consumer.java ENDPOINT HUB CLIENT-ID SECRET MESSAGES");
            System.exit(2);
        }
        String answer = register(arguments[0], arguments[1], arguments[2], arguments[3]);
        String token = field(answer, "token");
        URI url = URI.create(field(answer, "url"));
        System.out.println("registered until " + field(answer, "expires"));

        Consumer consumer = new Consumer(Integer.parseInt(arguments[4]));
        WebSocket socket = connect(url, token, consumer);
        System.out.println("connected");
        try {
            connect(url, token, new Consumer(0));
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                System.out.println("a second connection was refused: "
                        + refused.getResponse().statusCode());
            }
        }
        consumer.wanted.await(60, TimeUnit.SECONDS);
        socket.sendText("I know a better price", true).join();
        System.out.println("closed after sending: " + consumer.closed.get(10, TimeUnit.SECONDS));
    }

    /** Asks until the broker has started. */
    private static String register(String endpoint, String hub, String id, String secret) throws Exception {
        String credentials = Base64.getEncoder().encodeToString((id + ":" + secret).getBytes("UTF-8"));
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint + "/api/hubs/" + hub + "/consumers"))
                .header("Authorization", "Basic " + credentials)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        for (int attempt = 0; ; attempt++) {
            try {
                HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200) {
                    throw new IllegalStateException(answer.statusCode() + " " + answer.body());
                }
                return answer.body();
            } catch (IOException e) {
                if (attempt == 60) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(500);
            }
        }
    }

    private static WebSocket connect(URI url, String token, Consumer consumer) {
        // A WebSocket is the first request of its connection, so it gets a client of its own.
        return HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + token)
                .buildAsync(url, consumer)
                .join();
    }

    private static String field(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + name + " in the answer");
        }
        return matcher.group(1);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
        text.append(part);
        if (last) {
            System.out.println("received " + text);
            text.setLength(0);
            wanted.countDown();
        }
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        closed.complete(code + " " + reason);
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
        closed.completeExceptionally(failure);
    }
}
