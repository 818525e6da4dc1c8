package dev.fanfare.cluster;

import dev.fanfare.core.ClusterTime;
import dev.fanfare.socket.TlsDefaults;
import dev.fanfare.socket.TlsOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;

/** The options of the event bus between nodes. */
final class Bus {

    private Bus() {}

    static EventBusOptions options(ClusterOptions cluster) {
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
        ClusterOptions.BusTls tls = cluster.tls();
        return tls == null ? options : secured(options, tls);
    }

    /** Both ends present a certificate of the cluster's own authority; the bus does not compare host names. */
    private static EventBusOptions secured(EventBusOptions options, ClusterOptions.BusTls tls) {
        TlsDefaults.refuseRenegotiation();
        TlsDefaults.ciphers().forEach(options::addEnabledCipherSuite);
        return options.setSsl(true)
                .setSslEngineOptions(new TlsOptions(() -> {}))
                .setClientAuth(ClientAuth.REQUIRED)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertPath(tls.certificateFile())
                        .addKeyPath(tls.keyFile()))
                .setTrustOptions(new PemTrustOptions().addCertPath(tls.caFile()));
    }
}
