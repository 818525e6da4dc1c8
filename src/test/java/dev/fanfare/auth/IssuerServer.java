package dev.fanfare.auth;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.AtomicInteger;

/** An identity provider's web server, which publishes keys or misbehaves. */
final class IssuerServer {

    private final HttpServer server;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile Handler<HttpServerRequest> behaviour = request -> answer(request, 404, "");

    IssuerServer(Vertx vertx) {
        server = vertx.createHttpServer().requestHandler(request -> {
            requests.incrementAndGet();
            behaviour.handle(request);
        });
        Fixture.await(server.listen(0, "127.0.0.1"));
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort() + "/keys";
    }

    int requests() {
        return requests.get();
    }

    void publish(JsonObject... keys) {
        JsonArray list = new JsonArray();
        for (JsonObject key : keys) {
            list.add(key);
        }
        answer(200, new JsonObject().put("keys", list).encode());
    }

    void answer(int status, String body) {
        behave(request -> answer(request, status, body));
    }

    void behave(Handler<HttpServerRequest> newBehaviour) {
        behaviour = newBehaviour;
    }

    static void answer(HttpServerRequest request, int status, String body) {
        request.response().setStatusCode(status).end(Buffer.buffer(body));
    }

    void close() {
        Fixture.await(server.close());
    }
}
