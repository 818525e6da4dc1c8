package dev.fanfare.broker.routing;

/** One method for each {@link RoutingMessage}: the compiler finds code that a new message would slip through. */
public interface RoutingVisitor {

    void on(RoutingMessage.Heartbeat heartbeat);

    void on(RoutingMessage.SubscriptionDelta subscriptionDelta);

    void on(RoutingMessage.DeltaAck deltaAck);

    void on(RoutingMessage.WindowUpdate windowUpdate);

    void on(RoutingMessage.Leave leave);
}
