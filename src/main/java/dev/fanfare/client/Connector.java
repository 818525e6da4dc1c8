package dev.fanfare.client;

import dev.fanfare.config.AllowList;
import dev.fanfare.config.OutboundConnection;
import dev.fanfare.config.OutboundUrl;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.Resolver;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/**
 * Opens TCP and TLS connections to allowed targets. A name is resolved once, its addresses are checked, and one of them
 * is connected to, so that a name server cannot answer the check with one address and the connection with another.
 * Thread-safe; a connection belongs to the event loop of the caller.
 */
final class Connector {

    private static final int SHOWN_CHARACTERS = 200;

    private final NetClient client;
    private final Resolver resolver;
    private final Supplier<AllowList> allowed;
    private final int timeoutMillis;

    Connector(NetClient client, Resolver resolver, Supplier<AllowList> allowed, int timeoutMillis) {
        this.client = client;
        this.resolver = resolver;
        this.allowed = allowed;
        this.timeoutMillis = timeoutMillis;
    }

    /** The timeout of a whole attempt. */
    int timeoutMillis() {
        return timeoutMillis;
    }

    /**
     * Connects. Fails with {@link DialException}.
     *
     * @param attempt counts attempts; each tries another address
     */
    Future<NetSocket> connect(OutboundUrl url, OutboundConnection settings, int attempt) {
        if (!allowed.get().permits(url.host(), url.port())) {
            return refused(url.host() + ":" + url.port() + " is not listed by outbound.allow");
        }
        OutboundConnection.OutboundProxy proxy = settings.proxy();
        ConnectOptions options = options(url, settings.tls());
        if (!proxy.used()) {
            return address(url.host(), url.port(), attempt)
                    .compose(address -> connect(
                            options.setRemoteAddress(at(address, url.port())), Metrics.DialOutcome.UNREACHABLE));
        }
        if (!allowed.get().permits(proxy.host(), proxy.port())) {
            return refused("the proxy is not listed by outbound.allow");
        }
        return address(proxy.host(), proxy.port(), attempt)
                .compose(address -> connect(
                        options.setRemoteAddress(SocketAddress.inetSocketAddress(url.port(), url.host()))
                                .setProxyOptions(through(proxy, address)),
                        Metrics.DialOutcome.PROXY_FAILED));
    }

    private static Future<NetSocket> refused(String text) {
        return Future.failedFuture(
                new DialException(Metrics.DialOutcome.NOT_ALLOWED, ErrorCode.TARGET_NOT_ALLOWED, text));
    }

    /** An allowed address of a host. */
    private Future<InetAddress> address(String host, int port, int attempt) {
        return resolver.resolve(host)
                .recover(failure -> Future.failedFuture(new DialException(
                        Metrics.DialOutcome.UNRESOLVED,
                        ErrorCode.CONNECTIVITY,
                        "the name " + host + " cannot be resolved")))
                .compose(all -> {
                    List<InetAddress> permitted = all.stream()
                            .filter(address -> allowed.get().permits(address, port))
                            .toList();
                    return permitted.isEmpty()
                            ? Future.failedFuture(new DialException(
                                    Metrics.DialOutcome.NOT_ALLOWED,
                                    ErrorCode.TARGET_NOT_ALLOWED,
                                    host + " is a private address, which outbound.allow does not list"))
                            : Future.succeededFuture(permitted.get(Math.floorMod(attempt, permitted.size())));
                });
    }

    private Future<NetSocket> connect(ConnectOptions options, Metrics.DialOutcome otherwise) {
        try {
            return client.connect(options).recover(failure -> Future.failedFuture(explained(failure, otherwise)));
        } catch (RuntimeException unusable) {
            return Future.failedFuture(explained(unusable, Metrics.DialOutcome.FAULT));
        }
    }

    private static SocketAddress at(InetAddress address, int port) {
        return SocketAddress.inetSocketAddress(port, address.getHostAddress());
    }

    private ConnectOptions options(OutboundUrl url, OutboundConnection.OutboundTls tls) {
        ConnectOptions options = new ConnectOptions()
                .setHost(url.host())
                .setPort(url.port())
                .setTimeout(timeoutMillis)
                .setSsl(url.secure());
        return url.secure() ? options.setSniServerName(url.host()).setSslOptions(tls(tls)) : options;
    }

    private ClientSSLOptions tls(OutboundConnection.OutboundTls tls) {
        ClientSSLOptions options = new ClientSSLOptions()
                .setHostnameVerificationAlgorithm("HTTPS")
                .setUseAlpn(false)
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"))
                .setSslHandshakeTimeout(timeoutMillis)
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        if (!tls.trust().isEmpty()) {
            PemTrustOptions trust = new PemTrustOptions();
            options.setTrustOptions(
                    isPem(tls.trust())
                            ? trust.addCertValue(Buffer.buffer(tls.trust()))
                            : trust.addCertPath(tls.trust()));
        }
        if (!tls.certificate().isEmpty()) {
            PemKeyCertOptions own = new PemKeyCertOptions();
            own = isPem(tls.certificate())
                    ? own.addCertValue(Buffer.buffer(tls.certificate()))
                    : own.addCertPath(tls.certificate());
            options.setKeyCertOptions(
                    isPem(tls.key()) ? own.addKeyValue(Buffer.buffer(tls.key())) : own.addKeyPath(tls.key()));
        }
        return options;
    }

    private static boolean isPem(String value) {
        return value.startsWith(OutboundConnection.OutboundTls.PEM);
    }

    private static ProxyOptions through(OutboundConnection.OutboundProxy proxy, InetAddress address) {
        ProxyOptions options = new ProxyOptions()
                .setType(
                        proxy.type() == OutboundConnection.OutboundProxy.ProxyProtocol.HTTP
                                ? ProxyType.HTTP
                                : ProxyType.SOCKS5)
                .setHost(address.getHostAddress())
                .setPort(proxy.port());
        return proxy.user().isEmpty()
                ? options
                : options.setUsername(proxy.user()).setPassword(proxy.password());
    }

    private static DialException explained(Throwable failure, Metrics.DialOutcome otherwise) {
        boolean tls = false;
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            tls |= root instanceof SSLException;
            root = root.getCause();
        }
        tls |= root instanceof SSLException;
        String part = tls ? "TLS: " : otherwise == Metrics.DialOutcome.PROXY_FAILED ? "proxy: " : "";
        return new DialException(
                tls ? Metrics.DialOutcome.TLS_FAILED : otherwise, ErrorCode.CONNECTIVITY, part + shown(root));
    }

    /** The message of a failure in one line. */
    private static String shown(Throwable failure) {
        String message = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        String line = message.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS) + "…";
    }
}
