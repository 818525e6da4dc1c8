package dev.fanfare.ops;

import dev.fanfare.cluster.Refusal;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.protocol.Subprotocol;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/** Counts nothing; for tests and tools. */
final class NoMetrics implements Metrics {
    @Override
    public void handshake(Handshake outcome) {}

    @Override
    public void configurationReload(ReloadOutcome outcome) {}

    @Override
    public void tokenRefused(String reason) {}

    @Override
    public void revoked(RevocationKind kind) {}

    @Override
    public void recoveryRefused(Subprotocol subprotocol) {}

    @Override
    public void opened(Subprotocol subprotocol) {}

    @Override
    public void closed(Subprotocol subprotocol, CloseReason reason) {}

    @Override
    public void outboundState(ConnectionState before, ConnectionState now) {}

    @Override
    public void dialled(DialOutcome outcome) {}

    @Override
    public void moved(Subprotocol subprotocol, Move direction) {}

    @Override
    public void detached(CloseReason reason) {}

    @Override
    public void received(int messages, long bytes) {}

    @Override
    public void published(int messages) {}

    @Override
    public void delivered(int messages, long bytes) {}

    @Override
    public void saved(long bytes) {}

    @Override
    public void deflated(int bytesBefore, int bytesAfter, long nanos) {}

    @Override
    public void inflated(int bytesBefore, int bytesAfter, long nanos) {}

    @Override
    public void dropped(Drop reason, int messages) {}

    @Override
    public void limitReached(Limit limit) {}

    @Override
    public void requestRefused(ErrorCode code) {}

    @Override
    public void apiCall(String operationId, int status, long nanos) {}

    @Override
    public void peerRefused(Refusal reason) {}

    @Override
    public void tlsReload(TlsReload outcome) {}

    @Override
    public void event(EventKind eventKind, EventOutcome outcome, long nanos) {}

    @Override
    public void eventRetried() {}

    @Override
    public void busEvent(boolean published) {}

    @Override
    public void alertRaised(AlertCause cause, long times) {}

    @Override
    public void alertDelivery(AlertMedium medium, AlertOutcome outcome) {}

    @Override
    public void bug() {}

    @Override
    public void gauge(Gauge gauge, DoubleSupplier supplier) {}

    @Override
    public void count(ExternalCount externalCount, LongSupplier supplier) {}
}
