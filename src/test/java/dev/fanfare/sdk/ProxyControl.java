package dev.fanfare.sdk;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.fanfare.testkit.TcpProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** Lets a test in another process tell a proxy what to do. The answer is how many connections it took so far. */
final class ProxyControl implements AutoCloseable {

    private static final Duration SLOW = Duration.ofMillis(100);

    private final HttpServer server;
    private final TcpProxy proxy;
    private final Map<String, Runnable> commands;

    private ProxyControl(HttpServer server, TcpProxy proxy) {
        this.server = server;
        this.proxy = proxy;
        this.commands = Map.of(
                "/count", () -> {},
                "/reset", proxy::reset,
                "/resetClients", proxy::resetClients,
                "/finish", proxy::finish,
                "/freeze", proxy::freeze,
                "/heal", proxy::heal,
                "/delay", () -> proxy.delay(SLOW),
                "/hurry", () -> proxy.delay(Duration.ZERO));
    }

    static ProxyControl of(TcpProxy proxy) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ProxyControl control = new ProxyControl(server, proxy);
        server.createContext("/", control::obey);
        server.start();
        return control;
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void obey(HttpExchange exchange) throws IOException {
        Runnable command = commands.get(exchange.getRequestURI().getPath());
        if (command == null) {
            exchange.sendResponseHeaders(404, -1);
        } else {
            command.run();
            byte[] count = String.valueOf(proxy.accepted()).getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, count.length);
            exchange.getResponseBody().write(count);
        }
        exchange.close();
    }
}
