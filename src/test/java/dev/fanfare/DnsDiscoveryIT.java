package dev.fanfare;

import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.NodeNetwork;
import dev.fanfare.testkit.Reach;
import org.junit.jupiter.api.Test;

/** Nodes with addresses of their own that know nothing but a name for all of them. */
class DnsDiscoveryIT {

    private static final int NODES = 4;

    @Test
    void nodesThatStartTogetherFormOneClusterAndHalfOfThemGoOn() throws Exception {
        try (NodeNetwork network = NodeNetwork.create(NODES);
                ClusterNodes cluster =
                        ClusterNodes.of(network, "CLUSTER_MEMBERS=", "CLUSTER_DNS=" + NodeNetwork.NAME)) {
            cluster.startTogether();
            cluster.awaitMembers(NODES);
            Reach.all(cluster);
            cluster.kill(0);
            cluster.kill(1);
            cluster.awaitMembers(NODES / 2);
            Reach.all(cluster);
        }
    }
}
