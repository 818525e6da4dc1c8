package dev.fanfare.broker;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permission;
import dev.fanfare.core.protocol.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An operation on the connections that a {@link Selector} matches. Every operation is idempotent. */
public sealed interface Operation {

    /** Calls the method of the visitor for this operation. */
    <R> R accept(OperationVisitor<R> visitor);

    /** The maximum number of members in the result, over all nodes. */
    default int limit() {
        return Integer.MAX_VALUE;
    }

    /** Counts them. */
    record Count() implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * Lists them in the order of their connection ids.
     *
     * @param after only ids greater than this one, null from the start
     * @param limit the maximum number, 1 and up
     */
    record ListMembers(@Nullable String after, int limit) implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * Shows them in the order of their connection ids.
     *
     * @param after only ids greater than this one, null from the start
     * @param limit the maximum number, 1 and up
     * @param type only connections of this type; null for all
     * @param state only connections in this state; null for all
     * @param groups the maximum number of group names listed for each
     */
    record Show(
            @Nullable String after,
            int limit,
            @Nullable ConnectionType type,
            @Nullable ConnectionState state,
            int groups)
            implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * Asks a node for the outcome of a publication. Sent to nodes only, which answer for their connections.
     *
     * @param withinMillis after which the node reports what is known
     */
    record FetchReport(long origin, long sequence, int withinMillis) implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * Closes them for good, including sessions without a socket.
     *
     * @param code of the close frame, one that {@link CloseReason#maySend}
     * @param message sent to the client
     */
    record Close(CloseReason reason, int code, String message) implements Operation {

        /** With the usual code of the reason. */
        public Close(CloseReason reason, String message) {
            this(reason, reason.code(), message);
        }

        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** Adds them to groups. */
    record AddToGroups(List<String> groups) implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** Removes them from these groups. */
    record RemoveFromGroups(List<String> groups) implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** Removes them from all their groups. */
    record RemoveFromAllGroups() implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** Grants a permission for one group, named literally. */
    record Grant(Permission permission, String group) implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** Revokes a permission for one group, whatever roles say, until it is granted again. */
    record Revoke(Permission permission, String group) implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /**
     * Tells a session that a handler has answered one of its events, which began before the session moved.
     *
     * @param event its id
     * @param message for the client; null for none
     * @param error null if the event was handled
     * @param reason of the error, safe to show to the client; empty without one
     * @param connectionState the state that handlers keep with the connection
     */
    record EventDone(
            int event, @Nullable Message message, @Nullable ErrorCode error, String reason, String connectionState)
            implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }

    /** Counts those that have a permission for one group. */
    record CountPermitted(Permission permission, String group) implements Operation {
        @Override
        public <R> R accept(OperationVisitor<R> visitor) {
            return visitor.on(this);
        }
    }
}
