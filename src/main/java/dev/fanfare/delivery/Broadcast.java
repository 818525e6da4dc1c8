package dev.fanfare.delivery;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.DeliveryReportCollector;
import dev.fanfare.broker.Selector;
import dev.fanfare.config.HubSettings;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Session;
import dev.fanfare.socket.MessageDeflater;
import dev.fanfare.socket.SharedFrames;
import dev.fanfare.socket.Socket;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run of messages to the same receivers. Encoded bodies, frames and retained messages are made once per format and shared
 * by all receivers. Lives for one fan-out, confined to the shard's thread; {@link #close} releases its buffers. See {@code
 * src/docs/decisions/0011} (retained messages) and {@code 0012} (compression).
 */
public final class Broadcast implements AutoCloseable {

    private final List<Delivery> run;
    private final Selector target;
    private final HubSettings hub;
    private final MessageDeflater deflater;
    private final boolean last;
    private final Map<Subprotocol, Format> plain = new EnumMap<>(Subprotocol.class);
    private @Nullable Map<Subprotocol, Format> deflated;
    private final @Nullable DeliveryReportCollector deliveryReportCollector;
    private @Nullable Receipt latestReceipt;
    private @Nullable SlowConsumerPolicy policy;
    private int deliveries;
    private long bytes;
    private long saved;

    /**
     * @param run at least one delivery, in order, all with the same target; a delivery with a report is alone in its run
     * @param hub the settings of the receivers' hub
     * @param last whether nothing else will be written in this turn, so that sockets may flush at once
     */
    public Broadcast(List<Delivery> run, HubSettings hub, MessageDeflater deflater, boolean last) {
        this.run = run;
        this.target = run.get(0).publication().target();
        this.hub = hub;
        this.deflater = deflater;
        this.deliveryReportCollector = run.get(0).deliveryReportCollector();
        // A report needs to know when the message was written, so flush at once.
        this.last = last || deliveryReportCollector != null;
    }

    /** What all receivers of one format share. */
    private static final class Format {
        private final Codec codec;
        private final List<Encoded> messages;
        private final @Nullable List<byte @Nullable []> deflated;
        private @Nullable List<QueuedMessage> retained;
        private @Nullable SharedFrames frames;
        private long first;

        /** The frames of the first receiver, if others can share the body in them. */
        private @Nullable SharedFrames base;

        Format(Codec codec, List<Encoded> messages, @Nullable List<byte @Nullable []> deflated) {
            this.codec = codec;
            this.messages = messages;
            this.deflated = deflated;
        }

        /** Replaces the frames by ones with another sequence id. */
        SharedFrames sequenced(long id, byte[] tail) {
            SharedFrames before = frames;
            boolean large =
                    deflated == null && messages.size() == 1 && messages.get(0).body().length > SharedFrames.SMALL_BODY;
            SharedFrames fresh = large && base != null
                    ? base.resequenced(messages.get(0), codec, tail, id)
                    : SharedFrames.of(messages, deflated, codec, tail, id);
            if (large && base == null) {
                base = fresh;
            }
            if (before != null && before != base) {
                before.close();
            }
            frames = fresh;
            first = id;
            return fresh;
        }

        void close() {
            if (frames != null && frames != base) {
                frames.close();
            }
            if (base != null) {
                base.close();
            }
        }
    }

    public List<Delivery> run() {
        return run;
    }

    public Selector target() {
        return target;
    }

    /** Creates the receipt of one receiver; null without a report. */
    public @Nullable Receipt receipt(Receiver<?> receiver) {
        latestReceipt = deliveryReportCollector == null ? null : new Receipt(deliveryReportCollector, receiver);
        return latestReceipt;
    }

    /** An internal error prevented delivery to the latest receiver. */
    public void failed() {
        if (latestReceipt != null) {
            latestReceipt.dropped(ErrorCode.INTERNAL);
        }
    }

    /** The policy for slow consumers among the receivers. */
    SlowConsumerPolicy policy() {
        if (policy == null) {
            String group = target.group();
            policy = group == null ? hub.slowConsumerPolicy() : hub.slowConsumerPolicy(group);
        }
        return policy;
    }

    /**
     * All messages as frames without sequence ids.
     *
     * @param subprotocol that of the session; a parameter of its own to save an indirection per receiver
     * @param deflates whether the receiver takes compressed messages
     */
    SharedFrames frames(Subprotocol subprotocol, Session session, boolean deflates) {
        Format format = format(subprotocol, session, deflates);
        SharedFrames frames = format.frames;
        if (frames == null) {
            frames = SharedFrames.of(format.messages, format.deflated);
            format.frames = frames;
        }
        return frames;
    }

    /**
     * All messages as frames that begin with this sequence id. Receivers with equal sequence ids share them; others share a
     * large body, or get a copy of a small one.
     *
     * @param deflates whether the receiver takes compressed messages
     * @param tail scratch buffer for the end of a message
     */
    SharedFrames frames(Subprotocol subprotocol, Session session, boolean deflates, long first, byte[] tail) {
        Format format = format(subprotocol, session, deflates);
        SharedFrames frames = format.frames;
        return frames == null || format.first != first ? format.sequenced(first, tail) : frames;
    }

    /** All messages in the form that queues keep. */
    List<QueuedMessage> retained(Subprotocol subprotocol, Session session) {
        Format format = format(subprotocol, session, false);
        List<QueuedMessage> retained = format.retained;
        if (retained == null) {
            retained = new ArrayList<>(run.size());
            for (int i = 0; i < run.size(); i++) {
                long expiry = run.get(i).publication().message().expiresAtMillis();
                retained.add(new QueuedMessage(format.messages.get(i), expiry));
            }
            format.retained = retained;
        }
        return retained;
    }

    private Format format(Subprotocol subprotocol, Session session, boolean deflates) {
        Format format = deflates ? deflatedFormat(session) : plain.get(subprotocol);
        return format == null ? plainFormat(session) : format;
    }

    private Format plainFormat(Session session) {
        Format format = plain.get(session.subprotocol());
        if (format == null) {
            Codec codec = session.codec();
            List<Encoded> messages = new ArrayList<>(run.size());
            for (Delivery delivery : run) {
                messages.add(delivery.encoded(session.subprotocol(), codec));
            }
            format = new Format(codec, messages, null);
            plain.put(session.subprotocol(), format);
        }
        return format;
    }

    private Format deflatedFormat(Session session) {
        if (deflated == null) {
            deflated = new EnumMap<>(Subprotocol.class);
        }
        Format format = deflated.get(session.subprotocol());
        if (format == null) {
            format = new Format(session.codec(), plainFormat(session).messages, deflate(session));
            deflated.put(session.subprotocol(), format);
        }
        return format;
    }

    private List<byte @Nullable []> deflate(Session session) {
        List<byte @Nullable []> bodies = new ArrayList<>(run.size());
        for (Delivery delivery : run) {
            int length =
                    delivery.encoded(session.subprotocol(), session.codec()).body().length;
            bodies.add(
                    length < hub.compression().thresholdBytes()
                            ? null
                            : delivery.deflated(session.subprotocol(), session.codec(), deflater::deflate));
        }
        return bodies;
    }

    /** Writes frames of this broadcast to a socket; flushes at once if they are the last of the turn. */
    void send(SharedFrames frames, Socket socket) {
        if (last) {
            socket.sendNow(frames);
        } else {
            socket.send(frames);
        }
        deliveries += run.size();
        bytes += frames.payload();
        saved += frames.saved();
    }

    public int deliveries() {
        return deliveries;
    }

    public long bytes() {
        return bytes;
    }

    /** Bytes saved by compression. */
    public long saved() {
        return saved;
    }

    @Override
    public void close() {
        plain.values().forEach(Format::close);
        if (deflated != null) {
            deflated.values().forEach(Format::close);
        }
    }
}
