package dev.fanfare.broker;

import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What came of an {@link Operation}, over all shards and nodes that were asked.
 *
 * @param matched how many connections were chosen
 * @param members the listing of {@link Operation.Members} or {@link Operation.Show}, ordered by connection id; empty otherwise
 * @param deliveryReport what {@link Operation.Outcome} asks for; {@link DeliveryReport#NONE} otherwise
 * @param error the first failure, such as a limit that was reached; null if all went well
 * @param message what to say about the error
 * @param unreachable how many nodes did not answer in time
 */
public record OperationResult(
        int matched,
        List<Member> members,
        DeliveryReport deliveryReport,
        @Nullable ErrorCode error,
        @Nullable String message,
        int unreachable) {

    /** Nothing was chosen. */
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
     * @param details null unless they were asked for
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
     * What is shown of a connection.
     *
     * @param path of the request that opened it, percent-encoded
     * @param subprotocol its name, null for none
     * @param groups the names of the first of its groups
     * @param groupCount how many groups it is in
     * @param openedAtMillis when it was opened first, epoch milliseconds
     * @param attempts how often an outbound connection was tried to be opened since it was open last
     * @param lastError why an outbound connection is not open, or was not; null if nothing has failed
     */
    public record Details(
            ConnectionType type,
            ConnectionState state,
            String path,
            @Nullable String subprotocol,
            List<String> groups,
            int groupCount,
            long openedAtMillis,
            int attempts,
            @Nullable String lastError) {}

    /** So many were chosen and all went well. */
    public static OperationResult matched(int count) {
        return count == 0 ? NONE : new OperationResult(count, List.of(), null, null, 0);
    }

    /** Both answers as one. */
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

    /** The same, for whom it does not matter that nodes did not answer. */
    public OperationResult reached() {
        return new OperationResult(matched, members, deliveryReport, error, message, 0);
    }

    /** The same with no more than so many members. */
    public OperationResult first(int limit) {
        return members.size() <= limit
                ? this
                : new OperationResult(
                        matched, List.copyOf(members.subList(0, limit)), deliveryReport, error, message, unreachable);
    }
}
