package dev.fanfare.testkit;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;

/** One page of a {@link Chromium}: what it shows, what is done to it, and what its console complains of. */
public final class BrowserPage implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<Integer, CompletableFuture<JsonNode>> calls = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final WebSocket socket;

    private BrowserPage(HttpClient http, URI target) {
        this.socket = http.newWebSocketBuilder().buildAsync(target, new Ear()).join();
    }

    static BrowserPage attach(HttpClient http, URI target) {
        BrowserPage page = new BrowserPage(http, target);
        List.of("Page.enable", "Runtime.enable", "Log.enable").forEach(domain -> page.call(domain, Map.of()));
        // Pages that are not in front would get no keys.
        page.call("Emulation.setFocusEmulationEnabled", Map.of("enabled", true));
        return page;
    }

    private final class Ear implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                hear(text.toString());
                text.setLength(0);
            }
            webSocket.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }

    private void hear(String text) {
        JsonNode message = parse(text);
        CompletableFuture<JsonNode> call = calls.remove(message.path("id").asInt());
        if (call != null) {
            call.complete(message);
        }
        String event = message.path("method").asText();
        boolean logged = event.equals("Log.entryAdded")
                && message.at("/params/entry/level").asText().equals("error");
        if (logged || event.equals("Runtime.exceptionThrown")) {
            complaints.add(message.get("params").toString());
        }
    }

    private JsonNode call(String method, Map<String, ?> parameters) {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        calls.put(id, answer);
        socket.sendText(
                        JSON.valueToTree(Map.of("id", id, "method", method, "params", parameters))
                                .toString(),
                        true)
                .join();
        JsonNode message =
                answer.orTimeout(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS).join();
        if (message.has("error")) {
            throw new AssertionError(method + ": " + message.get("error"));
        }
        return message.get("result");
    }

    void navigate(String url) {
        call("Page.navigate", Map.of("url", url));
    }

    /** The value of an expression, awaited if it is a promise. */
    public JsonNode evaluate(String expression) {
        JsonNode result =
                call("Runtime.evaluate", Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
        if (result.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
        }
        return result.get("result").path("value");
    }

    /** Waits until an expression is true. It may fail while the page is loading. */
    public void awaitTrue(String expression) {
        try {
            await(expression)
                    .pollInterval(20, TimeUnit.MILLISECONDS)
                    .ignoreExceptionsMatching(AssertionError.class::isInstance)
                    .until(() -> evaluate(expression).asBoolean());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(expression + " is not true of:\n" + text("body") + "\n" + complaints, e);
        }
    }

    /** Waits until the text of an element holds another. */
    public void awaitText(String selector, String text) {
        awaitTrue("document.querySelector(" + quoted(selector) + ").innerText.includes(" + quoted(text) + ")");
    }

    /** The text of an element as it is shown. */
    public String text(String selector) {
        return evaluate("document.querySelector(" + quoted(selector) + ").innerText")
                .asText();
    }

    /** Types a text into a field, in place of what was there, key by key as far as the page can tell. */
    public void type(String selector, String text) {
        evaluate("{ const field = document.querySelector(" + quoted(selector) + "); field.focus(); field.select() }");
        call("Input.insertText", Map.of("text", text));
    }

    /** Presses Enter in the field that has the focus. */
    public void pressEnter() {
        for (String type : List.of("keyDown", "keyUp")) {
            call(
                    "Input.dispatchKeyEvent",
                    Map.of("type", type, "key", "Enter", "code", "Enter", "text", "\r", "windowsVirtualKeyCode", 13));
        }
    }

    /** Clicks into the middle of an element, wherever it is. */
    public void click(String selector) {
        JsonNode box = evaluate("{ const element = document.querySelector(" + quoted(selector) + ");"
                + " element.scrollIntoView(); const { x, y, width, height } = element.getBoundingClientRect();"
                + " ({ x: x + width / 2, y: y + height / 2 }) }");
        for (String type : List.of("mousePressed", "mouseReleased")) {
            call(
                    "Input.dispatchMouseEvent",
                    Map.of(
                            "type",
                            type,
                            "button",
                            "left",
                            "clickCount",
                            1,
                            "x",
                            box.get("x").asDouble(),
                            "y",
                            box.get("y").asDouble()));
        }
    }

    /** Shows the page as on a screen of that size, in CSS pixels. */
    public void resize(int width, int height) {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    }

    /** Shows the page as those see it who prefer {@code light} or {@code dark}. */
    public void prefer(String colorScheme) {
        call(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colorScheme))));
    }

    /** What it looks like, as PNG. */
    public byte[] screenshot() {
        call("Page.bringToFront", Map.of()); // what is behind another page is not painted
        return Base64.getDecoder()
                .decode(call("Page.captureScreenshot", Map.of()).get("data").asText());
    }

    /** Errors in the console so far: exceptions, what could not be loaded, what the page's policy forbade. */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    private static String quoted(String text) {
        return JSON.valueToTree(text).toString();
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }
}
