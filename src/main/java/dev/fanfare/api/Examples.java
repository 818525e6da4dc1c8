package dev.fanfare.api;

import dev.fanfare.auth.ClientAddresses;
import dev.fanfare.config.Config;
import dev.fanfare.core.ErrorCode;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The pages of {@code src/examples} and the tokens they connect with, which anyone can get: they are valid for the hubs
 * of the examples only, and must be used at once. Mounted only if the configuration enables the examples.
 */
final class Examples implements Handler<RoutingContext> {

    /** Time to connect; the connection then lives on. */
    private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(1);

    private static final String PATH = "/examples/";

    private static final String TOKEN = "/examples/token";

    private static final Map<String, ExamplePage> PAGES = Map.of(
            "/examples/chat.html", ExamplePage.load("chat"),
            "/examples/quotes.html", ExamplePage.load("quotes"));

    private static final Map<String, List<String>> ROLES = Map.of(
            Config.ExamplesSettings.CHAT, List.of("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"),
            Config.ExamplesSettings.QUOTES, List.of("webpubsub.joinLeaveGroup"));

    private final Services services;

    Examples(Services services) {
        this.services = services;
    }

    @Override
    public void handle(RoutingContext context) {
        if (!context.request().path().startsWith(PATH)) {
            context.next();
            return;
        }
        try {
            answer(context.request());
        } catch (ApiException apiException) {
            apiException.errorBody().send(context.request());
        }
    }

    private void answer(HttpServerRequest request) {
        ExamplePage page = PAGES.get(request.path());
        if (page != null) {
            allow(request, HttpMethod.GET, HttpMethod.HEAD);
            page.send(request.response());
        } else if (TOKEN.equals(request.path())) {
            // A link or an image cannot make tokens, as it could with GET.
            allow(request, HttpMethod.POST);
            token(request).send(request.response());
        } else {
            throw new ApiException(ErrorCode.NOT_FOUND, "there is no such example");
        }
    }

    private static void allow(HttpServerRequest request, HttpMethod... methods) {
        if (!List.of(methods).contains(request.method())) {
            String allowed = Arrays.stream(methods).map(HttpMethod::name).collect(Collectors.joining(", "));
            request.response().putHeader(HttpHeaders.ALLOW, allowed);
            throw new ApiException(ErrorCode.METHOD_NOT_ALLOWED, "the path allows " + allowed);
        }
    }

    private Reply token(HttpServerRequest request) {
        RequestQuery requestQuery = RequestQuery.parse(request.query(), Set.of("hub", "user"));
        Call call = new Call(
                new HttpCallTransport(request, ClientAddresses.peer(request.remoteAddress()), new byte[0]),
                Map.of(),
                requestQuery,
                services,
                null);
        String hub = requestQuery.one("hub");
        List<String> roles = hub == null ? null : ROLES.get(hub);
        if (hub == null || roles == null) {
            throw ApiException.badRequest("hub", "hub: one of the examples is needed");
        }
        // The user id is not authenticated: in the examples people choose their names.
        String name = requestQuery.one("user");
        String user = name == null ? null : call.userId(name);
        call.forbidCaching();
        String token = services.tokens().mint(call.endpoint(), hub, user, roles, List.of(), TOKEN_LIFETIME);
        return Reply.json(new JsonObject().put("token", token));
    }
}
