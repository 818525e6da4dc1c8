package dev.fanfare.broker;

import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The result of an {@link Operation} over all shards and nodes that were asked.
 *
 * @param matched number of matching connections
 * @param members the listing of {@link Operation.ListMembers} or {@link Operation.Show}, ordered by connection id; empty
 *     otherwise
 * @param deliveryReport the answer to {@link Operation.FetchReport}; {@link DeliveryReport#NONE} otherwise
 * @param error the first failure, such as a limit that was reached; null on success
 * @param message describes the error
 * @param unreachable number of nodes that did not answer in time
 */
public record OperationResult(
        int matched,
        List<Member> members,
        DeliveryReport deliveryReport,
        @Nullable ErrorCode error,
        @Nullable String message,
        int unreachable) {

    /** No connection matched. */
    public static final OperationResult NONE = new OperationResult(0, List.of(), null, null, 0);

    /** A node did not answer. */
    public static final OperationResult UNREACHABLE = new OperationResult(0, List.of(), null, null, 1);

    /** An answer without a report. */
    public OperationResult(
            int matched, List<Member> members, @Nullable ErrorCode error, @Nullable String message, int unreachable) {
        this(matched, members, DeliveryReport.NONE, error, message, unreachable);
    }

    /**
     * One connection of a listing.
     *
     * @param details null unless requested
     */
    public record Member(
            String connectionId,
            @Nullable String userId,
            @Nullable Details details) {

        public Member(String connectionId, @Nullable String userId) {
            this(connectionId, userId, null);
        }
    }

    /**
     * The details of a connection.
     *
     * @param path of the request that opened it, percent-encoded
     * @param subprotocol its name, null for none
     * @param openedAtMillis when it was first opened, epoch milliseconds
     */
    public record Details(
            ConnectionType type,
            ConnectionState state,
            String path,
            @Nullable String subprotocol,
            GroupsOfMember groups,
            long openedAtMillis,
            Redials redials) {}

    /**
     * The groups of a connection.
     *
     * @param first the names of the first of them
     * @param count number of all
     */
    public record GroupsOfMember(List<String> first, int count) {}

    /**
     * How an outbound connection was dialled.
     *
     * @param attempts to open it since it was last open
     * @param lastError why it is not open, or was not; null if nothing has failed
     */
    public record Redials(int attempts, @Nullable String lastError) {

        /** Of an inbound connection. */
        public static final Redials NONE = new Redials(0, null);
    }

    /** This many matched, without errors. */
    public static OperationResult matched(int count) {
        return count == 0 ? NONE : new OperationResult(count, List.of(), null, null, 0);
    }

    /** Merges both results. */
    public OperationResult and(OperationResult other) {
        if (equals(NONE)) {
            return other;
        }
        if (other.equals(NONE)) {
            return this;
        }
        List<Member> all = members;
        if (!other.members.isEmpty()) {
            // A session that moved meanwhile may be in both.
            TreeMap<String, Member> byId = new TreeMap<>();
            members.forEach(member -> byId.put(member.connectionId(), member));
            other.members.forEach(member -> byId.put(member.connectionId(), member));
            all = List.copyOf(byId.values());
        }
        return new OperationResult(
                matched + other.matched,
                all,
                deliveryReport.and(other.deliveryReport),
                error == null ? other.error : error,
                error == null ? other.message : message,
                unreachable + other.unreachable);
    }

    /** The same, ignoring nodes that did not answer. */
    public OperationResult reached() {
        return new OperationResult(matched, members, deliveryReport, error, message, 0);
    }

    /** The same with at most this many members. */
    public OperationResult first(int limit) {
        return members.size() <= limit
                ? this
                : new OperationResult(
                        matched, List.copyOf(members.subList(0, limit)), deliveryReport, error, message, unreachable);
    }
}
