package dev.fanfare.api;

import dev.fanfare.core.ContentType;
import dev.fanfare.socket.RequestHeads;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A call over HTTP. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record HttpCallTransport(HttpServerRequest request, InetAddress address, byte[] body) implements CallTransport {

    @Override
    public ContentType contentType() {
        return ContentType.of(request.getHeader(HttpHeaders.CONTENT_TYPE));
    }

    @Override
    public Map<String, String> metadata() {
        return MessageMetadata.of(request.headers());
    }

    @Override
    public @Nullable String endpoint() {
        return request.authority() == null ? null : request.scheme() + "://" + request.authority();
    }

    @Override
    public CallPeer peer() {
        return new CallPeer(
                request.getHeader(HttpHeaders.AUTHORIZATION), address, RequestHeads.isOpen(request.connection()));
    }

    @Override
    public void header(CharSequence name, String value) {
        request.response().putHeader(name, value);
    }

    @Override
    public void next(JsonObject page, Call call, Map<String, String> query) {
        String encoded = query.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        page.put("nextLink", call.endpoint() + request.path() + "?" + encoded);
    }

    @Override
    public String toString() {
        return request.method() + " " + request.path();
    }
}
