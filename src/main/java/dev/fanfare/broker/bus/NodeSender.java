package dev.fanfare.broker.bus;

import dev.fanfare.broker.routing.Peer;
import dev.fanfare.broker.routing.SendWindow;
import dev.fanfare.broker.wire.RemoteEnvelope;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;

/** Sends publications to other nodes and counts them until they are acknowledged. Thread-safe. */
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

    /** Drops the publication if the window of a silent node is full. */
    void send(Peer peer, EncodedPublication encodedPublication) {
        int weight = encodedPublication.weight();
        long mark = peer.sendWindow().send(weight);
        if (mark == SendWindow.REFUSED) {
            nodeTraffic.countDropped();
        } else {
            int version = peer.version();
            byte[] bytes = encodedPublication.bytes(version);
            nodeTraffic.countSent(bytes.length);
            bus.send(
                    Addresses.node(peer.id()),
                    new Framed<>(new RemoteEnvelope(nodeId, mark, bytes), version),
                    ENVELOPE);
        }
    }
}
