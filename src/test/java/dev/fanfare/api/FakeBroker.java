package dev.fanfare.api;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permission;
import dev.fanfare.core.filter.Filter;
import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A broker of one node and a few connections, which keeps the contract and records its calls. */
final class FakeBroker implements Broker {

    /** The most groups of a connection. */
    static final int MAX_GROUPS = 5;

    final List<Publication> publications = new CopyOnWriteArrayList<>();

    /** Nodes that never answer. */
    volatile int unreachable;

    volatile boolean writable = true;

    /** The outcome of the next message with a report. */
    volatile Supplier<Future<OperationResult>> reports = () -> Future.succeededFuture(OperationResult.NONE);

    /** What every call fails with, if it is not null. */
    volatile @Nullable Throwable failure;

    private final TreeMap<String, FakeConnection> connections = new TreeMap<>();
    private long origins;

    /** A connection, open until it has been closed. */
    static final class FakeConnection implements Filter.Subject {
        final String hub;
        final String id;
        final @Nullable String userId;
        final Set<String> groups = new TreeSet<>();
        final Set<String> permissions = new TreeSet<>();

        @Nullable
        String closed;

        ConnectionType type = ConnectionType.INBOUND;
        ConnectionState state = ConnectionState.OPEN;
        int attempts;

        @Nullable
        String lastError;

        FakeConnection(String hub, String id, @Nullable String userId) {
            this.hub = hub;
            this.id = id;
            this.userId = userId;
        }

        @Override
        public String connectionId() {
            return id;
        }

        @Override
        public @Nullable String userId() {
            return userId;
        }

        @Override
        public Set<String> groups() {
            return groups;
        }

        @Override
        public @Nullable String protocol() {
            return null;
        }

        @Override
        public ConnectionType type() {
            return type;
        }

        @Override
        public String path() {
            return "/client/hubs/" + hub;
        }
    }

    synchronized FakeConnection connect(String hub, String id, @Nullable String userId, String... groups) {
        FakeConnection connection = new FakeConnection(hub, id, userId);
        connection.groups.addAll(List.of(groups));
        connections.put(id, connection);
        return connection;
    }

    @Override
    public String nodeId() {
        return "n1";
    }

    @Override
    public synchronized Origin origin() {
        long origin = ++origins;
        return new Origin() {
            private long sequence;

            @Override
            public void publish(Selector target, Message message) {
                publications.add(new Publication(target, message, origin, ++sequence));
            }

            @Override
            public Future<OperationResult> publishAndReport(Selector target, Message message, int withinMillis) {
                publications.add(new Publication(target, message, origin, ++sequence, withinMillis));
                return reports.get();
            }
        };
    }

    @Override
    public boolean writable() {
        return writable;
    }

    @Override
    public synchronized Future<OperationResult> ask(Selector target, Operation operation) {
        Throwable cause = failure;
        if (cause != null) {
            return Future.failedFuture(cause);
        }
        OperationResult operationResult = new OperationResult(0, List.of(), null, null, unreachable);
        for (FakeConnection connection : List.copyOf(connections.values())) {
            if (chosen(target, connection)) {
                operationResult = operationResult.and(perform(connection, operation));
            }
        }
        return Future.succeededFuture(operationResult.and(listed(target, operation)));
    }

    private static boolean chosen(Selector target, FakeConnection connection) {
        String group = target.group();
        Filter filter = target.filter();
        return connection.closed == null
                && target.hub().equals(connection.hub)
                && (target.connectionId() == null || target.connectionId().equals(connection.id))
                && (target.userId() == null || target.userId().equals(connection.userId))
                && (group == null || connection.groups.contains(group))
                && (filter == null || filter.test(connection))
                && !target.excluded().contains(connection.id);
    }

    private static OperationResult perform(FakeConnection connection, Operation operation) {
        if (operation instanceof Operation.Close close) {
            connection.closed = close.reason() + " " + close.code() + ": " + close.message();
        } else if (operation instanceof Operation.AddToGroups add) {
            connection.groups.addAll(add.groups());
            if (connection.groups.size() > MAX_GROUPS) {
                return new OperationResult(1, List.of(), ErrorCode.CONFLICT, "a connection is in at most 5 groups", 0);
            }
        } else if (operation instanceof Operation.RemoveFromGroups remove) {
            remove.groups().forEach(connection.groups::remove);
        } else if (operation instanceof Operation.RemoveFromAllGroups) {
            connection.groups.clear();
        } else if (operation instanceof Operation.Grant grant) {
            connection.permissions.add(permission(grant.permission(), grant.group()));
        } else if (operation instanceof Operation.Revoke revoke) {
            connection.permissions.remove(permission(revoke.permission(), revoke.group()));
        } else if (operation instanceof Operation.CountPermitted permitted) {
            String wanted = permission(permitted.permission(), permitted.group());
            return OperationResult.matched(connection.permissions.contains(wanted) ? 1 : 0);
        }
        return OperationResult.matched(1);
    }

    static String permission(Permission permission, String group) {
        return permission.wireName() + " " + group;
    }

    private OperationResult listed(Selector target, Operation operation) {
        if (operation instanceof Operation.ListMembers wanted) {
            return listed(target, wanted.after(), wanted.limit(), connection -> true, connection -> null);
        }
        return operation instanceof Operation.Show show
                ? listed(target, show.after(), show.limit(), connection -> shown(connection, show), this::details)
                : OperationResult.NONE;
    }

    private OperationResult listed(
            Selector target,
            @Nullable String after,
            int limit,
            Predicate<FakeConnection> wanted,
            Function<FakeConnection, OperationResult.@Nullable Details> details) {
        List<OperationResult.Member> members = new ArrayList<>(connections.values().stream()
                .filter(connection -> chosen(target, connection))
                .filter(wanted)
                .filter(connection -> after == null || connection.id.compareTo(after) > 0)
                .sorted(Comparator.comparing(FakeConnection::connectionId))
                .limit(limit)
                .map(connection ->
                        new OperationResult.Member(connection.id, connection.userId, details.apply(connection)))
                .toList());
        return new OperationResult(0, members, null, null, 0);
    }

    private static boolean shown(FakeConnection connection, Operation.Show show) {
        return (show.type() == null || show.type() == connection.type())
                && (show.state() == null || show.state() == connection.state);
    }

    private OperationResult.Details details(FakeConnection connection) {
        return new OperationResult.Details(
                connection.type(),
                connection.state,
                connection.path(),
                connection.protocol(),
                new OperationResult.GroupsOfMember(List.copyOf(connection.groups), connection.groups.size()),
                1_767_323_045_000L,
                new OperationResult.Redials(connection.attempts, connection.lastError));
    }
}
