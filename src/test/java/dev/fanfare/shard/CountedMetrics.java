package dev.fanfare.shard;

import dev.fanfare.cluster.Refusal;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.ops.Metrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/** Metrics that record how often each method was called. */
public final class CountedMetrics implements Metrics {

    @Override
    public void configurationReload(ReloadOutcome outcome) {}

    private final Map<String, Long> counts = new ConcurrentHashMap<>();

    /** Called when deliveries are counted, at the end of a fan-out; may throw. */
    public volatile Runnable onDelivered = () -> {};

    /** The number of calls by method name, with the argument where it matters. */
    public long count(String what) {
        return counts.getOrDefault(what, 0L);
    }

    private void add(String what, long count) {
        counts.merge(what, count, Long::sum);
    }

    @Override
    public void handshake(Handshake outcome) {
        add("handshake " + outcome, 1);
    }

    @Override
    public void tokenRefused(String reason) {
        add("tokenRefused", 1);
    }

    @Override
    public void revoked(RevocationKind kind) {
        add("revoked " + kind, 1);
    }

    @Override
    public void recoveryRefused(Subprotocol subprotocol) {
        add("handshake " + Handshake.RECOVERY_REFUSED, 1);
    }

    @Override
    public void opened(Subprotocol subprotocol) {
        add("opened", 1);
    }

    @Override
    public void closed(Subprotocol subprotocol, CloseReason reason) {
        add("closed", 1);
        add("closed " + reason, 1);
    }

    @Override
    public void outboundState(ConnectionState before, ConnectionState now) {
        add("outbound " + before, -1);
        add("outbound " + now, 1);
    }

    @Override
    public void dialled(DialOutcome outcome) {
        add("dialled " + outcome, 1);
    }

    @Override
    public void moved(Subprotocol subprotocol, Move direction) {
        add("moved " + direction, 1);
    }

    @Override
    public void detached(CloseReason reason) {
        add("detached " + reason, 1);
    }

    @Override
    public void received(int messages, long bytes) {
        add("received", messages);
    }

    @Override
    public void published(int messages) {
        add("published", messages);
    }

    @Override
    public void delivered(int messages, long bytes) {
        add("delivered", messages);
        onDelivered.run();
    }

    @Override
    public void saved(long bytes) {
        add("saved", bytes);
    }

    @Override
    public void deflated(int bytesBefore, int bytesAfter, long nanos) {
        add("deflated", 1);
    }

    @Override
    public void inflated(int bytesBefore, int bytesAfter, long nanos) {
        add("inflated", 1);
    }

    @Override
    public void dropped(Drop reason, int messages) {
        add("dropped " + reason, messages);
    }

    @Override
    public void limitReached(Limit limit) {
        add("limitReached " + limit, 1);
    }

    @Override
    public void requestRefused(ErrorCode code) {
        add("requestRefused " + code, 1);
    }

    @Override
    public void apiCall(String operationId, int status, long nanos) {}

    @Override
    public void tlsReload(TlsReload outcome) {}

    @Override
    public void event(EventKind eventKind, EventOutcome outcome, long nanos) {
        add("event " + eventKind + " " + outcome, 1);
    }

    @Override
    public void eventRetried() {
        add("eventRetried", 1);
    }

    @Override
    public void busEvent(boolean published) {
        add("busEvent " + published, 1);
    }

    @Override
    public void alertRaised(AlertCause cause, long times) {
        add("alertRaised " + cause, times);
    }

    @Override
    public void alertDelivery(AlertMedium medium, AlertOutcome outcome) {
        add("alertDelivery " + medium + " " + outcome, 1);
    }

    @Override
    public void bug() {
        add("bug", 1);
    }

    @Override
    public void gauge(Gauge gauge, DoubleSupplier supplier) {}

    @Override
    public void count(ExternalCount externalCount, LongSupplier supplier) {}

    @Override
    public void peerRefused(Refusal reason) {}
}
