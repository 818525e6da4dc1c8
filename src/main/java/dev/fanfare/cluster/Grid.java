package dev.fanfare.cluster;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.InterfacesConfig;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MemberAttributeConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.TcpIpConfig;
import dev.fanfare.core.ClusterTime;
import java.util.Map;

/**
 * The configuration of Hazelcast, which provides membership, quickly, and nothing else. It stores no data, so nothing
 * has to be repaired when members are lost; what a node publishes about itself are attributes of its member, which
 * travel with the list of members.
 */
final class Grid {

    static final String NODE_ID = "fanfare.node";
    static final String GUEST_ID = "fanfare.guest";
    static final String HOST = "fanfare.host";
    static final String BUS_PORT = "fanfare.busPort";

    /** By Hazelcast's names; times in seconds. */
    private static final Map<String, String> PROPERTIES = Map.ofEntries(
            Map.entry("hazelcast.phone.home.enabled", "false"),
            Map.entry("hazelcast.shutdownhook.enabled", "false"),
            Map.entry("hazelcast.graceful.shutdown.max.wait", "5"),
            Map.entry("hazelcast.health.monitoring.level", "OFF"),
            // A member without a heartbeat for this long is removed.
            Map.entry("hazelcast.heartbeat.interval.seconds", seconds(ClusterTime.GRID_HEARTBEAT)),
            Map.entry("hazelcast.max.no.heartbeat.seconds", seconds(ClusterTime.GRID_REMOVAL)),
            Map.entry("hazelcast.master.confirmation.interval.seconds", "5"),
            // The parts of a partitioned cluster merge again.
            Map.entry("hazelcast.merge.first.run.delay.seconds", seconds(ClusterTime.GRID_MERGE)),
            Map.entry("hazelcast.merge.next.run.delay.seconds", seconds(ClusterTime.GRID_MERGE)),
            Map.entry("hazelcast.wait.seconds.before.join", "1"),
            Map.entry("hazelcast.max.wait.seconds.before.join", seconds(ClusterTime.GRID_JOIN)),
            // It has next to no work.
            Map.entry("hazelcast.io.thread.count", "1"),
            Map.entry("hazelcast.operation.thread.count", "2"),
            Map.entry("hazelcast.operation.generic.thread.count", "2"),
            Map.entry("hazelcast.event.thread.count", "1"),
            Map.entry("hazelcast.clientengine.thread.count", "1"),
            Map.entry("hazelcast.clientengine.query.thread.count", "1"),
            Map.entry("hazelcast.clientengine.blocking.thread.count", "1"));

    private Grid() {}

    private static String seconds(ClusterTime time) {
        return String.valueOf(time.seconds());
    }

    /** @param role the attribute for the id: {@link #NODE_ID} or {@link #GUEST_ID} */
    static com.hazelcast.config.Config config(ClusterOptions cluster, String role, String id) {
        com.hazelcast.config.Config config = new com.hazelcast.config.Config();
        config.setClusterName("fanfare");
        config.setInstanceName(id);
        PROPERTIES.forEach(config::setProperty);
        String bound = LocalHost.toBind(cluster.host());
        config.setProperty("hazelcast.socket.bind.any", String.valueOf(bound.equals(LocalHost.ANY)));
        config.setMemberAttributeConfig(new MemberAttributeConfig()
                .setAttribute(role, id)
                .setAttribute(HOST, cluster.host())
                .setAttribute(BUS_PORT, String.valueOf(cluster.busPort())));
        config.setAdvancedNetworkConfig(network(cluster, bound));
        config.getJetConfig().setEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        config.getIntegrityCheckerConfig().setEnabled(false);
        closeSerialization(config);
        return config;
    }

    /** An endpoint for members only: none for clients, REST and memcache. */
    private static AdvancedNetworkConfig network(ClusterOptions cluster, String bound) {
        ServerSocketEndpointConfig endpoint = new ServerSocketEndpointConfig()
                .setPort(cluster.port())
                .setPortAutoIncrement(false)
                .setReuseAddress(true)
                .setPublicAddress(cluster.host() + ":" + cluster.port());
        if (!bound.equals(LocalHost.ANY)) {
            endpoint.setInterfaces(new InterfacesConfig().setEnabled(true).addInterface(bound));
        }
        return new AdvancedNetworkConfig()
                .setEnabled(true)
                .setMemberEndpointConfig(endpoint)
                .setJoin(join(cluster));
    }

    private static JoinConfig join(ClusterOptions cluster) {
        JoinConfig join = new JoinConfig();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        if (cluster.dns().isBlank()) {
            TcpIpConfig members = join.getTcpIpConfig().setEnabled(true).setConnectionTimeoutSeconds(2);
            cluster.members().forEach(members::addMember);
        } else {
            join.getKubernetesConfig()
                    .setEnabled(true)
                    .setProperty("service-dns", cluster.dns())
                    .setProperty("service-port", String.valueOf(cluster.port()));
        }
        return join;
    }

    /** Java serialization is used only for exceptions between members; all other classes are refused. */
    private static void closeSerialization(com.hazelcast.config.Config config) {
        JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig().setDefaultsDisabled(true);
        filter.getWhitelist()
                .addPrefixes("java.lang.", "[Ljava.lang.", "com.hazelcast.", "[Lcom.hazelcast.")
                .addClasses(
                        "java.io.IOException",
                        "java.util.ArrayList",
                        "java.util.Collections$EmptyList",
                        "java.util.Collections$UnmodifiableCollection",
                        "java.util.Collections$UnmodifiableList",
                        "java.util.Collections$UnmodifiableRandomAccessList");
        filter.getBlacklist().addPrefixes("java.lang.invoke.", "java.lang.reflect.");
        config.getSerializationConfig().setJavaSerializationFilterConfig(filter);
    }
}
