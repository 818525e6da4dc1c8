package dev.fanfare.delivery;

import dev.fanfare.broker.DeliveryReport;
import dev.fanfare.broker.DeliveryReportCollector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.socket.Socket;

/**
 * Reports the outcome of a message for one receiver, once: written, queued or dropped. Travels with the message through the
 * outbox; the first outcome counts. Confined to the shard's thread.
 */
public final class Receipt implements Socket.Taken {

    private final DeliveryReportCollector deliveryReportCollector;
    private final Receiver<?> receiver;
    private boolean reported;

    Receipt(DeliveryReportCollector deliveryReportCollector, Receiver<?> receiver) {
        this.deliveryReportCollector = deliveryReportCollector;
        this.receiver = receiver;
        deliveryReportCollector.chosen();
    }

    /** The message was handed to the socket, which calls back when the kernel has it. */
    void sent(Socket socket) {
        socket.whenTaken(this);
    }

    @Override
    public void taken(boolean all) {
        if (all) {
            written();
        } else if (receiver.outlivesItsSocket()) {
            queued();
        } else {
            dropped(ErrorCode.REMOTELY_CLOSED);
        }
    }

    void written() {
        if (!reported) {
            reported = true;
            deliveryReportCollector.written();
        }
    }

    /** The message waits for a client to reconnect, which may take longer than the deadline of a report. */
    void queued() {
        if (!reported) {
            reported = true;
            deliveryReportCollector.queued();
        }
    }

    void dropped(ErrorCode error) {
        if (!reported) {
            reported = true;
            deliveryReportCollector.dropped(
                    new DeliveryReport.FailedDelivery(receiver.connectionId(), receiver.type(), error));
        }
    }

    /** The error for queued messages when their connection ends. */
    public static ErrorCode lostBy(CloseReason reason) {
        return switch (reason) {
            case SLOW_CONSUMER, SLOW_CONSUMER_RECOVERABLE, UNACKNOWLEDGED_OVERFLOW -> ErrorCode.SLOW_CONSUMER;
            case CLIENT_CLOSED, CLIENT_LEFT, CONNECTION_LOST, SILENT, RECOVERY_EXPIRED -> ErrorCode.REMOTELY_CLOSED;
            default -> ErrorCode.CLOSED;
        };
    }
}
