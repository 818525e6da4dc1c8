package dev.fanfare.cluster;

import dev.fanfare.core.ClusterTime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.impl.clustered.ClusteredEventBus;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.ServerSSLOptions;
import java.lang.reflect.Field;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The options of the event bus between nodes. */
final class Bus {

    static final int HANDSHAKE_SECONDS = 3;

    private Bus() {}

    static EventBusOptions options(ClusterOptions cluster, MemberCredentials credentials) {
        EventBusOptions options = new EventBusOptions()
                .setHost(LocalHost.toBind(cluster.host()))
                .setPort(cluster.busPort())
                .setClusterPublicHost(cluster.host())
                .setClusterPublicPort(cluster.busPort())
                .setClusterPingInterval(ClusterTime.BUS_PING.millis())
                .setClusterPingReplyInterval(ClusterTime.BUS_PING.millis())
                .setConnectTimeout(ClusterTime.BUS_CONNECT.millis())
                // After a network partition the kernel would deliver what is queued on a connection that was given up
                // long ago, behind newer messages on another connection. So the kernel gives up first.
                .setTcpUserTimeout(ClusterTime.BUS_UNACKNOWLEDGED.millis())
                .setReuseAddress(true)
                .setTcpNoDelay(true)
                .setTrustAll(false);
        return credentials.enabled() ? secured(options, credentials) : options;
    }

    /** Both ends present a certificate of the cluster's own authority; the bus does not compare host names. */
    private static EventBusOptions secured(EventBusOptions options, MemberCredentials credentials) {
        return options.setSsl(true)
                .setEnabledSecureTransportProtocols(Set.of(MemberCredentials.PROTOCOL))
                .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                .setClientAuth(ClientAuth.REQUIRED)
                .setKeyCertOptions(credentials.own())
                .setTrustOptions(credentials.trusted());
    }

    /**
     * Makes new connections of the bus use the credentials of the moment, and its client name the cluster. The bus of Vert.x
     * copies its options when it is created and shows neither its server nor its client, which both can be given new ones.
     */
    static Future<?> renew(Vertx vertx, MemberCredentials credentials, String clusterName) {
        try {
            EventBus bus = vertx.eventBus();
            Set<String> protocols = Set.of(MemberCredentials.PROTOCOL);
            ServerSSLOptions server = new ServerSSLOptions()
                    .setKeyCertOptions(credentials.own())
                    .setTrustOptions(credentials.trusted())
                    .setEnabledSecureTransportProtocols(protocols)
                    .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
                    .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                    .setClientAuth(ClientAuth.REQUIRED);
            ClientSSLOptions client = new ClientSSLOptions()
                    .setKeyCertOptions(credentials.own())
                    .setTrustOptions(credentials.trusted())
                    .setEnabledSecureTransportProtocols(protocols)
                    .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
                    .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                    .setUseAlpn(true)
                    .setApplicationLayerProtocols(MemberHandshake.applicationProtocols(clusterName))
                    .setHostnameVerificationAlgorithm("");
            return part(bus, "server", NetServer.class)
                    .updateSSLOptions(server, true)
                    .compose(updated -> part(bus, "client", NetClient.class).updateSSLOptions(client, true));
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    static <T> T part(EventBus bus, String name, Class<T> type) {
        try {
            Field field = ClusteredEventBus.class.getDeclaredField(name);
            field.setAccessible(true);
            return type.cast(field.get(bus));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("another release of Vert.x", e);
        }
    }
}
