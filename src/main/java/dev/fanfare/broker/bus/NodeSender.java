package dev.fanfare.broker.bus;

import dev.fanfare.broker.routing.Peer;
import dev.fanfare.broker.routing.SendWindow;
import dev.fanfare.broker.wire.RemoteEnvelope;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;

/** Sends publications to other nodes, counted until these have dealt with them. Thread-safe. */
final class NodeSender {

    private static final DeliveryOptions ENVELOPE = new DeliveryOptions().setCodecName(BusCodecs.REMOTE);

    private final EventBus bus;
    private final String nodeId;
    private final NodeTraffic nodeTraffic;

    NodeSender(EventBus bus, String nodeId, NodeTraffic nodeTraffic) {
        this.bus = bus;
        this.nodeId = nodeId;
        this.nodeTraffic = nodeTraffic;
    }

    /** Drops the publication if more is underway to a silent node than may be. */
    void send(Peer peer, byte[] encoded, int weight) {
        long mark = peer.sendWindow().send(weight);
        if (mark == SendWindow.REFUSED) {
            nodeTraffic.countDropped();
        } else {
            nodeTraffic.countSent(encoded.length);
            bus.send(Addresses.node(peer.id()), new RemoteEnvelope(nodeId, mark, encoded), ENVELOPE);
        }
    }
}
