package dev.fanfare.broker;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permission;
import dev.fanfare.core.protocol.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is to be done to the connections that a {@link Selector} chooses. Every operation may be repeated safely. */
public sealed interface Operation {

    /** Counts them. */
    record Count() implements Operation {}

    /**
     * Lists them in the order of their connection ids.
     *
     * @param after only ids greater than this one, null from the start
     * @param limit at most so many, 1 and up
     */
    record Members(@Nullable String after, int limit) implements Operation {}

    /**
     * Shows them in the order of their connection ids.
     *
     * @param after only ids greater than this one, null from the start
     * @param limit at most so many, 1 and up
     * @param type only those, null for all
     * @param state only those, null for all
     * @param groups the names of at most so many of the groups of each
     */
    record Show(
            @Nullable String after,
            int limit,
            @Nullable ConnectionType type,
            @Nullable ConnectionState state,
            int groups)
            implements Operation {}

    /**
     * Tells what became of a publication on each node, once that is known. Put to nodes only, who answer for their
     * connections.
     *
     * @param withinMillis after which the report is made of what is known
     */
    record Outcome(long origin, long sequence, int withinMillis) implements Operation {}

    /**
     * Ends them for good, sessions without a socket as well.
     *
     * @param code of the close frame, one that {@link CloseReason#maySend}
     * @param message reaches the client
     */
    record Close(CloseReason reason, int code, String message) implements Operation {

        /** With the usual code of the reason. */
        public Close(CloseReason reason, String message) {
            this(reason, reason.code(), message);
        }
    }

    /** Adds them to groups. */
    record AddToGroups(List<String> groups) implements Operation {}

    /** Removes them from these groups. */
    record RemoveFromGroups(List<String> groups) implements Operation {}

    /** Removes them from all their groups. */
    record RemoveFromAllGroups() implements Operation {}

    /** Grants a permission for one group, named literally. */
    record Grant(Permission permission, String group) implements Operation {}

    /** Takes a permission for one group away, whatever roles say, until it is granted again. */
    record Revoke(Permission permission, String group) implements Operation {}

    /**
     * Tells a session that a handler has answered one of its events, which began before it moved. A repetition does nothing.
     *
     * @param event its id
     * @param message for the client; null for none
     * @param error null if it was handled
     * @param reason of the error, safe to show to the client; empty without one
     * @param connectionState what handlers keep with the connection by now
     */
    record EventDone(
            int event, @Nullable Message message, @Nullable ErrorCode error, String reason, String connectionState)
            implements Operation {}

    /** Counts those that have a permission for one group. */
    record CountPermitted(Permission permission, String group) implements Operation {}
}
