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
import dev.fanfare.core.session.Retained;
import dev.fanfare.core.session.Session;
import dev.fanfare.socket.MessageDeflater;
import dev.fanfare.socket.SharedFrames;
import dev.fanfare.socket.Socket;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A run of messages to the same receivers. Whatever can be the same for all of them is made once and shared: the encoded
 * bodies, the frames, what is kept for later. Lives for one fan-out, on one event loop.
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
    private @Nullable Receipt latest;
    private @Nullable SlowConsumerPolicy policy;
    private int deliveries;
    private long bytes;
    private long saved;

    /**
     * @param run at least one delivery, in order, all with the same target; one of which somebody wants a report is alone
     * @param hub what holds for the receivers
     * @param last whether nothing else is about to be written in this turn
     */
    public Broadcast(List<Delivery> run, HubSettings hub, MessageDeflater deflater, boolean last) {
        this.run = run;
        this.target = run.get(0).publication().target();
        this.hub = hub;
        this.deflater = deflater;
        this.deliveryReportCollector = run.get(0).deliveryReportCollector();
        // At once, if it is to be known when it was written.
        this.last = last || deliveryReportCollector != null;
    }

    /** What is made once for all receivers of one format. */
    private static final class Format {
        private final Codec codec;
        private final List<Encoded> messages;
        private final @Nullable List<byte @Nullable []> deflated;
        private @Nullable List<Retained> retained;
        private @Nullable SharedFrames frames;
        private long first;

        /** The frames of the first who came, if others can share the body in them. */
        private @Nullable SharedFrames base;

        Format(Codec codec, List<Encoded> messages, @Nullable List<byte @Nullable []> deflated) {
            this.codec = codec;
            this.messages = messages;
            this.deflated = deflated;
        }

        /** Replaces the frames by such with another sequence id. */
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

    /** The receipt of one of the receivers; null where nobody wants to know. */
    public @Nullable Receipt receipt(Receiver<?> receiver) {
        latest = deliveryReportCollector == null ? null : new Receipt(deliveryReportCollector, receiver);
        return latest;
    }

    /** A fault of ours kept it from the receiver who was last. */
    public void failed() {
        if (latest != null) {
            latest.dropped(ErrorCode.INTERNAL);
        }
    }

    /** What is done about those among the receivers who read too slowly. */
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
     * @param subprotocol of the session, which is looked into only for the first of a format: one step less for others
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
     * All messages as frames that begin with this sequence id. Receivers in step with each other share them; others share
     * the body if it is large, and get a copy of it if that costs less.
     *
     * @param deflates whether the receiver takes compressed messages
     * @param tail room for the end of a message, overwritten
     */
    SharedFrames frames(Subprotocol subprotocol, Session session, boolean deflates, long first, byte[] tail) {
        Format format = format(subprotocol, session, deflates);
        SharedFrames frames = format.frames;
        return frames == null || format.first != first ? format.sequenced(first, tail) : frames;
    }

    /** All messages for those who have to keep them. */
    List<Retained> retained(Subprotocol subprotocol, Session session) {
        Format format = format(subprotocol, session, false);
        List<Retained> retained = format.retained;
        if (retained == null) {
            retained = IntStream.range(0, run.size())
                    .mapToObj(i -> new Retained(
                            format.messages.get(i),
                            run.get(i).publication().message().expiresAtMillis()))
                    .toList();
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
            List<Encoded> messages = run.stream()
                    .map(delivery -> delivery.encoded(session.subprotocol(), codec))
                    .toList();
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

    /** Hands frames of this broadcast to a socket; the last of a turn may leave at once. */
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

    /** By how much compression made shorter what was handed to sockets. */
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
