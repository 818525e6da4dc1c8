package dev.fanfare.store.replica;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Requests of this node that are not answered yet. Each is sent to the primary, and again if it was certainly not executed,
 * until its deadline. A query is also repeated if there is no answer.
 */
public final class Requests {

    /** The most that may be in flight. */
    private static final int MAX = 16_384;

    private static final byte[] NOTHING = new byte[0];

    /** How a request ended. */
    public enum Outcome {
        /** It was executed. */
        DONE,
        /** It was not executed, as there is no room for it. */
        FULL,
        /** It was not executed, and never will be. */
        UNAVAILABLE,
        /** It was not executed: the primary does not know this kind of request, as its release is older. */
        UNSUPPORTED,
        /** It may be executed at any time, or never. */
        UNKNOWN
    }

    /** Takes the answer. */
    public interface Answer {
        /** @param body the result if the outcome is {@link Outcome#DONE}, a {@link Room.Full} if it is {@link Outcome#FULL}, else empty */
        void complete(Outcome outcome, byte[] body);
    }

    private final String self;
    private final BiConsumer<String, ReplicaMessage> sender;
    private final Map<Long, InFlightRequest> pending = new LinkedHashMap<>();
    private long lastId;

    private static final class InFlightRequest {
        private final int partition;
        private final boolean query;
        private final byte[] body;
        private final long deadline;
        private final Answer answer;
        private @Nullable String sentTo;
        private long sentAt;

        InFlightRequest(int partition, boolean query, byte[] body, long deadline, Answer answer) {
            this.partition = partition;
            this.query = query;
            this.body = body;
            this.deadline = deadline;
            this.answer = answer;
        }
    }

    Requests(String self, BiConsumer<String, ReplicaMessage> sender) {
        this.self = self;
        this.sender = sender;
    }

    void submit(
            @Nullable Configuration configuration,
            int partition,
            boolean query,
            byte[] body,
            long deadline,
            Answer answer,
            long now) {
        if (pending.size() >= MAX) {
            answer.complete(Outcome.UNAVAILABLE, NOTHING);
            return;
        }
        lastId++;
        InFlightRequest request = new InFlightRequest(partition, query, body, deadline, answer);
        pending.put(lastId, request);
        send(lastId, request, configuration, now);
    }

    private void send(long id, InFlightRequest request, @Nullable Configuration configuration, long now) {
        if (configuration != null
                && request.partition < configuration.partitions().size()) {
            Assignment assignment = configuration.partition(request.partition);
            request.sentTo = assignment.primary();
            request.sentAt = now;
            sender.accept(
                    assignment.primary(),
                    new ReplicaMessage.StoreRequest(id, request.partition, request.query, request.body));
        }
    }

    void replied(ReplicaMessage.RequestReply reply) {
        InFlightRequest request = pending.get(reply.id());
        if (request == null) {
            return;
        }
        switch (reply.status()) {
            case DONE -> end(reply.id(), request, Outcome.DONE, reply.body());
            case UNKNOWN -> {
                if (request.query) {
                    request.sentTo = null;
                } else {
                    end(reply.id(), request, Outcome.UNKNOWN, NOTHING);
                }
            }
            case FULL -> end(reply.id(), request, Outcome.FULL, reply.body());
            case UNKNOWN_KIND -> end(reply.id(), request, Outcome.UNSUPPORTED, NOTHING);
            // Tried again with the next tick or configuration.
            case NOT_PRIMARY, BUSY -> request.sentTo = null;
        }
    }

    void configured(Configuration configuration, long now) {
        snapshot().forEach((id, request) -> {
            if (request.sentTo == null) {
                send(id, request, configuration, now);
            } else if (!request.query && !configuration.isMember(request.sentTo) && !request.sentTo.equals(self)) {
                end(id, request, Outcome.UNKNOWN, NOTHING);
            }
        });
    }

    void tick(@Nullable Configuration configuration, long now) {
        snapshot().forEach((id, request) -> {
            if (now >= request.deadline) {
                boolean unknown = request.sentTo != null && !request.query;
                end(id, request, unknown ? Outcome.UNKNOWN : Outcome.UNAVAILABLE, NOTHING);
            } else if (request.sentTo == null || (request.query && now - request.sentAt >= ReplicaTiming.REPEAT)) {
                send(id, request, configuration, now);
            }
        });
    }

    private Map<Long, InFlightRequest> snapshot() {
        return new LinkedHashMap<>(pending);
    }

    private void end(long id, InFlightRequest request, Outcome outcome, byte[] body) {
        if (pending.remove(id) != null) {
            request.answer.complete(outcome, body);
        }
    }

    /** Ends all of them. */
    void end() {
        List<Long> ids = new ArrayList<>(pending.keySet());
        for (long id : ids) {
            InFlightRequest request = pending.get(id);
            if (request != null) {
                end(id, request, request.query ? Outcome.UNAVAILABLE : Outcome.UNKNOWN, NOTHING);
            }
        }
    }
}
