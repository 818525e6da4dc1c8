import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * Joins a group and prints every frame that arrives; needs only a JDK:
 *
 * <pre>java src/examples/Listen.java URL GROUP</pre>
 *
 * The URL is what the token command prints; its token needs the role webpubsub.joinLeaveGroup.
 */
final class Listen implements WebSocket.Listener {

    private static final String REFUSED = "{\"type\":\"ack\",\"ackId\":1,\"success\":false,\"error\":";

    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final StringBuilder frame = new StringBuilder();
    private final String group;

    private Listen(String group) {
        this.group = group;
    }

    public static void main(String... arguments) {
        if (arguments.length != 2) {
            System.err.println("usage: java src/examples/Listen.java URL GROUP");
            System.exit(2);
        }
        Listen listener = new Listen(arguments[1]);
        try {
            HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols("json.webpubsub.azure.v1")
                    .buildAsync(URI.create(arguments[0]), listener)
                    .join();
            listener.closed.join();
        } catch (CompletionException e) {
            fail(e.getCause());
        } catch (IllegalArgumentException e) {
            fail(e);
        }
    }

    /** Prints the reason in one line: a refusal has it in the body of the response. */
    private static void fail(Throwable cause) {
        if (cause instanceof WebSocketHandshakeException refused) {
            HttpResponse<?> response = refused.getResponse();
            System.err.println("refused: " + response.statusCode() + " " + String.valueOf(response.body()).strip());
        } else if (cause instanceof ConnectException) {
            System.err.println("failed: no broker listens there");
        } else {
            System.err.println("failed: " + cause);
        }
        System.exit(1);
    }

    @Override
    public void onOpen(WebSocket socket) {
        String name = group.replace("\\", "\\\\").replace("\"", "\\\"");
        socket.sendText("{\"type\":\"joinGroup\",\"group\":\"" + name + "\",\"ackId\":1}", true);
        socket.request(1);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
        frame.append(part);
        if (last) {
            heard(frame.toString());
            frame.setLength(0);
        }
        socket.request(1);
        return null;
    }

    /** Without the group no messages arrive; the ack of the join has the reason. */
    private static void heard(String text) {
        if (text.startsWith(REFUSED)) {
            System.err.println("refused: " + text.substring(REFUSED.length(), text.length() - 1));
            System.exit(1);
        }
        System.out.println(text);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        System.out.println("closed: " + code + " " + reason);
        closed.complete(null);
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        closed.completeExceptionally(error);
    }
}
