package dev.fanfare.testkit;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** An event handler in this process: it notes what it is told, and answers what a test says. Thread-safe. */
public final class TestHandler implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final Deque<Told> unread = new ArrayDeque<>();
    private final AtomicInteger open = new AtomicInteger();
    private final int port;
    private final String base;

    /** Answers events; until a test says otherwise they are taken. */
    public volatile Script script =
            (told, response) -> response.setStatusCode(204).end();

    /** Answers the events of one name; others are answered as before. */
    public void on(String event, Script answer) {
        Script before = script;
        script = (told, response) -> (told.event().equals(event) ? answer : before).answer(told, response);
    }

    /** Answers the question whether events are wanted; until a test says otherwise they are. */
    public volatile Script preflight = (told, response) ->
            response.putHeader("WebHook-Allowed-Origin", "*").end();

    /** What to answer. */
    public interface Script {
        void answer(Told told, HttpServerResponse response);
    }

    /**
     * A request.
     *
     * @param headers by name in lower case
     */
    public record Told(
            HttpVersion version, String method, String uri, Map<String, List<String>> headers, Buffer content) {

        public String event() {
            return String.valueOf(header("ce-eventname"));
        }

        public @Nullable String header(String name) {
            List<String> values = headers.get(name);
            return values == null ? null : String.join(",", values);
        }

        public String text() {
            return content.toString();
        }

        public JsonObject json() {
            return new JsonObject(text());
        }
    }

    private TestHandler(HttpServerOptions options) {
        port = await(vertx.createHttpServer(options)
                        .connectionHandler(connection -> {
                            open.incrementAndGet();
                            connection.closeHandler(closed -> open.decrementAndGet());
                        })
                        .requestHandler(this::handle)
                        .listen(0, "127.0.0.1"))
                .actualPort();
        base = options.isSsl() ? "https://localhost:" + port : "http://127.0.0.1:" + port;
    }

    public static TestHandler start() {
        return start(new HttpServerOptions());
    }

    public static TestHandler start(HttpServerOptions options) {
        return new TestHandler(options);
    }

    private void handle(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            Map<String, List<String>> headers = new HashMap<>();
            request.headers()
                    .forEach(header -> headers.computeIfAbsent(
                                    header.getKey().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                            .add(header.getValue()));
            Told told = new Told(request.version(), request.method().name(), request.uri(), headers, body);
            synchronized (unread) {
                unread.add(told);
                unread.notifyAll();
            }
            (told.method().equals("POST") ? script : preflight).answer(told, request.response());
        });
    }

    public int port() {
        return port;
    }

    /** How many connections to it are open. */
    public int open() {
        return open.get();
    }

    /** The setting {@code HUBS} for one hub whose every event comes here. */
    public String everythingOf(String hub, String... more) {
        return "HUBS={" + hub + ": {eventHandlers: [" + all(more) + "]}}";
    }

    /** A handler of every event, with more settings such as {@code retries: 0}. */
    public String all(String... more) {
        return handler("[connect, connected, disconnected]", "*", more);
    }

    /** A handler in the flow style of YAML. */
    public String handler(String systemEvents, String pattern, String... more) {
        return "{urlTemplate: '" + base + "/on/{hub}/{event}', systemEvents: " + systemEvents
                + ", userEventPattern: '" + pattern + "'" + (more.length == 0 ? "" : ", " + String.join(", ", more))
                + "}";
    }

    /** Waits for an event of that name; others are kept for later. */
    public Told next(String event) {
        return next(told -> told.method().equals("POST") && told.event().equals(event), event);
    }

    /** Waits for a request that is no event. */
    public Told nextQuestion() {
        return next(told -> !told.method().equals("POST"), "a question");
    }

    private Told next(Predicate<Told> wanted, String what) {
        long end = System.nanoTime() + Patience.LIMIT.toNanos();
        synchronized (unread) {
            while (true) {
                for (Iterator<Told> all = unread.iterator(); all.hasNext(); ) {
                    Told told = all.next();
                    if (wanted.test(told)) {
                        all.remove();
                        return told;
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("was not told of " + what + " but of " + unread);
                }
                try {
                    unread.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    /** How many events of that name nobody took yet. */
    public int waiting(String event) {
        synchronized (unread) {
            return (int) unread.stream()
                    .filter(told -> told.method().equals("POST"))
                    .filter(told -> told.event().equals(event))
                    .count();
        }
    }

    /** Closes the server, so that nobody can connect to its port. */
    @Override
    public void close() {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        try {
            Promise<T> promise = Promise.promise();
            future.onComplete(promise);
            return promise.future().await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not in time", e);
        }
    }
}
