package dev.fanfare.alert;

import dev.fanfare.config.Config;
import dev.fanfare.core.alert.AlertNotice;
import dev.fanfare.core.alert.AlertText;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpResponseExpectation;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Posts notices to a URL, as CloudEvents 1.0 in structured JSON. Any status but 2xx is a failure; redirects are not
 * followed, and what the answer contains is not read. Each attempt has a connection of its own, which ends with it.
 */
final class WebhookChannel implements AlertChannel {

    private static final int SHOWN_CHARACTERS = 300;

    private final Vertx vertx;
    private final Config.AlertWebhook settings;
    private final String authorization;
    private final AlertSource source;
    private final long timeoutMillis;

    /**
     * @param authorization the value of the Authorization header; empty for none
     * @param timeoutMillis of one attempt
     */
    WebhookChannel(
            Vertx vertx, Config.AlertWebhook settings, String authorization, AlertSource source, long timeoutMillis) {
        this.vertx = vertx;
        this.settings = settings;
        this.authorization = authorization;
        this.source = source;
        this.timeoutMillis = timeoutMillis;
    }

    /** Without path and query, which may hold a secret. */
    @Override
    public String name() {
        URI url = URI.create(settings.url());
        return "webhook of " + url.getScheme() + "://" + url.getRawAuthority();
    }

    @Override
    public Object target() {
        return settings.url();
    }

    @Override
    public Object content() {
        return List.of(settings, authorization);
    }

    @Override
    public Metrics.AlertMedium medium() {
        return Metrics.AlertMedium.WEBHOOK;
    }

    @Override
    public Future<List<String>> send(AlertNotice notice) {
        HttpClient client = vertx.createHttpClient(options());
        return client.request(request())
                .compose(request -> request.send(event(notice).toBuffer()))
                .expecting(HttpResponseExpectation.SC_SUCCESS.wrappingFailure((response, failure) ->
                        new VertxException("the webhook answered " + response.statusCode(), true)))
                .onSuccess(response -> response.exceptionHandler(unread -> {}))
                .timeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .map(List.<String>of())
                .recover(failure -> Future.failedFuture(shown(failure)))
                .onComplete(ended -> client.close());
    }

    private String shown(Throwable failure) {
        return failure instanceof TimeoutException
                ? "the webhook does not answer in time"
                : AlertText.cut(AlertText.line(String.valueOf(failure.getMessage())), SHOWN_CHARACTERS);
    }

    private HttpClientOptions options() {
        HttpClientOptions options = new HttpClientOptions().setKeepAlive(false).setConnectTimeout(CONNECT_MILLIS);
        if (!settings.trustFile().isEmpty()) {
            options.setTrustOptions(new PemTrustOptions().addCertPath(settings.trustFile()));
        }
        return options;
    }

    private RequestOptions request() {
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(settings.url())
                .setFollowRedirects(false)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/cloudevents+json; charset=utf-8");
        if (!authorization.isEmpty()) {
            request.putHeader(HttpHeaders.AUTHORIZATION, authorization);
        }
        return request;
    }

    private JsonObject event(AlertNotice notice) {
        JsonObject data = new JsonObject()
                .put("cause", notice.cause().label())
                .put("title", notice.cause().title())
                .put("nodeId", source.nodeId())
                .put("cluster", source.cluster())
                .put("count", notice.count())
                .put("first", notice.first().toString())
                .put("last", notice.last().toString())
                .put("examples", new JsonArray(notice.examples()));
        return new JsonObject()
                .put("specversion", "1.0")
                .put("type", "fanfare.alert")
                .put("source", "/nodes/" + source.nodeId())
                .put("id", notice.id().toString())
                .put("time", notice.last().toString())
                .put("datacontenttype", "application/json")
                .put("data", data);
    }
}
