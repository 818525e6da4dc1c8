package dev.fanfare.event;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks a handler for permission before it is sent its first event (CloudEvents webhooks 1.0, section 4: abuse
 * protection). Once granted, permission holds for good. Used on the handler's event loop.
 */
final class Preflight {

    static final String REQUEST_ORIGIN = "WebHook-Request-Origin";
    private static final String ALLOWED_ORIGIN = "WebHook-Allowed-Origin";
    private static final int NOT_FOUND = 404;
    private static final int REQUEST_TIMEOUT = 408;

    private final String origin;
    private final Function<HttpMethod, Future<Exchange.Response>> ask;
    private @Nullable Future<Void> allowed;

    /**
     * @param origin the host that identifies this node
     * @param ask sends a request without a body
     */
    Preflight(String origin, Function<HttpMethod, Future<Exchange.Response>> ask) {
        this.origin = origin;
        this.ask = ask;
    }

    /** Completes when the handler has agreed to receive events; fails only with {@link EventException}. */
    Future<Void> passed() {
        if (allowed == null || allowed.failed()) {
            allowed = ask.apply(HttpMethod.OPTIONS)
                    .compose(response -> response.status() == NOT_FOUND
                            ? ask.apply(HttpMethod.GET)
                            : Future.succeededFuture(response))
                    .compose(this::judge);
        }
        return allowed;
    }

    private Future<Void> judge(Exchange.Response response) {
        if (response.ok() && allows(origin, response.headers().getAll(ALLOWED_ORIGIN))) {
            return Future.succeededFuture();
        }
        boolean other = response.status() == REQUEST_TIMEOUT
                || response.status() >= 500
                || (response.status() >= 300 && response.status() < 400);
        return Future.failedFuture(other ? EventException.status(response.status()) : EventException.notAllowed());
    }

    /** Whether a host is among the allowed ones, which some receivers send with a port. */
    static boolean allows(String origin, List<String> headers) {
        return headers.stream()
                .flatMap(header -> Arrays.stream(header.split(",")))
                .map(String::strip)
                .anyMatch(named ->
                        named.equals("*") || named.replaceFirst(":\\d+$", "").equalsIgnoreCase(origin));
    }
}
