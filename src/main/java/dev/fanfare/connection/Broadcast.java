package dev.fanfare.connection;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Retained;
import dev.fanfare.core.session.Session;
import dev.fanfare.socket.SharedFrames;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A run of messages to the same receivers. Whatever can be the same for all of them is made once and shared: the encoded
 * bodies, the frames, what is kept for later. Lives for one fan-out, on one event loop.
 */
final class Broadcast implements AutoCloseable {

    private final List<Delivery> run;
    private final Function<Selector, SlowConsumerPolicy> policies;
    private final boolean last;
    private final Map<Subprotocol, Format> formats = new EnumMap<>(Subprotocol.class);
    private @Nullable SlowConsumerPolicy policy;
    private int deliveries;
    private long bytes;

    /**
     * @param run at least one delivery, in order, all with the same target
     * @param policies what is done about slow consumers among the receivers
     * @param last whether nothing else is about to be written in this turn
     */
    Broadcast(List<Delivery> run, Function<Selector, SlowConsumerPolicy> policies, boolean last) {
        this.run = run;
        this.policies = policies;
        this.last = last;
    }

    /** What is made once for all receivers of one format. */
    private static final class Format {
        private final Codec codec;
        private final List<Encoded> messages;
        private @Nullable List<Retained> retained;
        private @Nullable SharedFrames frames;
        private long first;

        Format(Codec codec, List<Encoded> messages) {
            this.codec = codec;
            this.messages = messages;
        }
    }

    List<Delivery> run() {
        return run;
    }

    Selector target() {
        return run.get(0).publication().target();
    }

    /** Whether the frames may leave at once. */
    boolean last() {
        return last;
    }

    /** What is done about those among the receivers who read too slowly. */
    SlowConsumerPolicy policy() {
        if (policy == null) {
            policy = policies.apply(target());
        }
        return policy;
    }

    /** All messages as frames without sequence ids. */
    SharedFrames frames(Session session) {
        Format format = format(session);
        SharedFrames frames = format.frames;
        if (frames == null) {
            frames = SharedFrames.of(format.messages);
            format.frames = frames;
        }
        return frames;
    }

    /**
     * All messages as frames that begin with this sequence id. Receivers in step with each other share them; what is
     * made for others costs only the copying.
     *
     * @param tail room for the end of a message, overwritten
     */
    SharedFrames frames(Session session, long first, byte[] tail) {
        Format format = format(session);
        SharedFrames frames = format.frames;
        if (frames == null || format.first != first) {
            if (frames != null) {
                frames.close();
            }
            frames = SharedFrames.of(format.messages, format.codec, tail, first);
            format.frames = frames;
            format.first = first;
        }
        return frames;
    }

    /** All messages for those who have to keep them. */
    List<Retained> retained(Session session) {
        Format format = format(session);
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

    private Format format(Session session) {
        Format format = formats.get(session.subprotocol());
        if (format == null) {
            Codec codec = session.codec();
            format = new Format(
                    codec,
                    run.stream()
                            .map(delivery -> delivery.encoded(session.subprotocol(), codec))
                            .toList());
            formats.put(session.subprotocol(), format);
        }
        return format;
    }

    /** Notes that frames were handed to a socket. */
    void delivered(SharedFrames frames) {
        deliveries += run.size();
        bytes += frames.payload();
    }

    int deliveries() {
        return deliveries;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        for (Format format : formats.values()) {
            if (format.frames != null) {
                format.frames.close();
            }
        }
    }
}
