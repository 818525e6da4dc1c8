package dev.fanfare.shard;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.recovery.HandedOverSession;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection is in its life, with exactly what exists there. {@link Connection} makes every transition in one place,
 * which asserts that {@link State#mayBecome} allows it. Confined to the shard's thread. {@code src/docs/concurrency.md} has
 * the diagram.
 */
sealed interface Lifecycle
        permits Lifecycle.Waiting, AttachedSocket, Lifecycle.HandedOver, Lifecycle.Closing, Lifecycle.Over {

    enum State {
        /** Registered, and never had a socket. */
        OPENING,
        /** Has a socket. */
        ATTACHED,
        /** Has lost its socket: waits for its client to reconnect, or for a remote to be dialled again. */
        DETACHED,
        /** Frozen: another shard has the session, which may come back if that shard does not take it. */
        HANDED_OVER,
        /** Frames that were read take effect; nothing else happens any more. */
        CLOSING,
        /** The session has ended. */
        ENDED,
        /** The session goes on without this object, on another shard or in another object of this one. */
        RELEASED;

        private Set<State> next() {
            return switch (this) {
                case OPENING, ATTACHED -> EnumSet.of(ATTACHED, DETACHED, CLOSING);
                case DETACHED -> EnumSet.of(ATTACHED, HANDED_OVER, CLOSING);
                case HANDED_OVER -> EnumSet.of(RELEASED);
                case CLOSING -> EnumSet.of(ENDED);
                case ENDED, RELEASED -> EnumSet.noneOf(State.class);
            };
        }

        boolean mayBecome(State state) {
            return next().contains(state);
        }
    }

    State state();

    /** Whether operations and publications apply to the connection. */
    default boolean present() {
        return false;
    }

    /** The socket with its connection to the shard; null if there is none. */
    default @Nullable Link link() {
        return null;
    }

    /** Present without a socket. */
    sealed interface Waiting extends Lifecycle {

        /** Of the monotonic clock. */
        long sinceMillis();

        @Override
        default boolean present() {
            return true;
        }
    }

    record BeingOpened(long sinceMillis) implements Waiting {
        @Override
        public State state() {
            return State.OPENING;
        }
    }

    record Detached(long sinceMillis) implements Waiting {
        @Override
        public State state() {
            return State.DETACHED;
        }
    }

    /**
     * @param newOwner gets what arrives for the session
     * @param session what it was when it was handed over, and what has been forwarded since
     */
    record HandedOver(Subscriber newOwner, HandedOverSession session) implements Lifecycle {
        @Override
        public State state() {
            return State.HANDED_OVER;
        }

        void forward(String connectionId, Delivery delivery) {
            session.add(delivery.publication());
            newOwner.forward(connectionId, delivery);
        }
    }

    /**
     * @param link still takes the answers to the last frames
     * @param hadSocket whether the connection has, or had, a socket
     */
    record Closing(@Nullable Link link, boolean hadSocket) implements Lifecycle {
        @Override
        public State state() {
            return State.CLOSING;
        }
    }

    /** Nothing more happens. */
    enum Over implements Lifecycle {
        ENDED(State.ENDED),
        RELEASED(State.RELEASED);

        private final State state;

        Over(State state) {
            this.state = state;
        }

        @Override
        public State state() {
            return state;
        }
    }
}
