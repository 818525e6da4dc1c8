package dev.fanfare.broker;

import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;

/** Sends publications to other nodes, counted until these have dealt with them. Thread-safe. */
final class NodeSender {

    private static final DeliveryOptions ENVELOPE = new DeliveryOptions().setCodecName(BusCodecs.REMOTE);

    private final EventBus bus;
    private final String nodeId;
    private final Traffic traffic;

    NodeSender(EventBus bus, String nodeId, Traffic traffic) {
        this.bus = bus;
        this.nodeId = nodeId;
        this.traffic = traffic;
    }

    /** Drops the publication if more is underway to a silent node than may be. */
    void send(Peer peer, byte[] encoded, int weight) {
        long mark = peer.ledger().send(weight);
        if (mark == Ledger.REFUSED) {
            traffic.countDropped();
        } else {
            traffic.countSent(encoded.length);
            bus.send(Addresses.node(peer.id()), new RemoteEnvelope(nodeId, mark, encoded), ENVELOPE);
        }
    }
}
