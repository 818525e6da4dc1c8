package dev.fanfare.shard;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.OperationVisitor;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.group.Members;
import dev.fanfare.core.protocol.FrameRefusal;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Executes operations on the connections of a shard that match a selector. Confined to the shard's thread. */
final class Operations {

    private final ShardContext context;
    private final ConnectionTable connections;
    private final GroupTable groups;

    Operations(ShardContext context, ConnectionTable connections, GroupTable groups) {
        this.context = context;
        this.connections = connections;
        this.groups = groups;
    }

    /** Whether a candidate passes exclusions and filter. */
    static boolean chosen(Connection candidate, Selector target) {
        return (target.excluded().isEmpty() || !target.excluded().contains(candidate.connectionId()))
                && (target.filter() == null || target.filter().test(candidate));
    }

    /** Executes an operation on all matching connections. */
    Future<OperationResult> perform(Selector target, Operation operation) {
        assert context.onThread();
        return operation.accept(new Performer(select(target)));
    }

    /** Executes each operation on the chosen connections. */
    private final class Performer implements OperationVisitor<Future<OperationResult>> {

        private final List<Connection> chosen;

        Performer(List<Connection> chosen) {
            this.chosen = chosen;
        }

        @Override
        public Future<OperationResult> on(Operation.Count count) {
            return answer(chosen.size());
        }

        @Override
        public Future<OperationResult> on(Operation.ListMembers listing) {
            return Future.succeededFuture(list(chosen, listing.after(), listing.limit(), Operations::member));
        }

        @Override
        public Future<OperationResult> on(Operation.Show show) {
            return Future.succeededFuture(Operations.show(chosen, show));
        }

        @Override
        public Future<OperationResult> on(Operation.FetchReport fetchReport) {
            throw new IllegalArgumentException("for nodes only: " + fetchReport);
        }

        @Override
        public Future<OperationResult> on(Operation.Close close) {
            return forEach(chosen, connection -> connection.end(close.reason(), close.code(), close.message()));
        }

        @Override
        public Future<OperationResult> on(Operation.AddToGroups add) {
            return addToGroups(chosen, add.groups());
        }

        @Override
        public Future<OperationResult> on(Operation.RemoveFromGroups remove) {
            return forEach(chosen, connection -> remove.groups().forEach(connection.memberships()::leave));
        }

        @Override
        public Future<OperationResult> on(Operation.RemoveFromAllGroups remove) {
            return forEach(chosen, connection -> connection.memberships().leaveAllGroups());
        }

        @Override
        public Future<OperationResult> on(Operation.Grant grant) {
            return changeRules(
                    chosen, connection -> connection.session().permissions().grant(grant.permission(), grant.group()));
        }

        @Override
        public Future<OperationResult> on(Operation.Revoke revoke) {
            return changeRules(
                    chosen,
                    connection -> connection.session().permissions().revoke(revoke.permission(), revoke.group()));
        }

        @Override
        public Future<OperationResult> on(Operation.EventDone done) {
            return forEach(chosen, connection -> connection.eventDone(done));
        }

        @Override
        public Future<OperationResult> on(Operation.CountPermitted permitted) {
            return answer((int) chosen.stream()
                    .filter(connection ->
                            connection.session().permissions().permits(permitted.permission(), permitted.group()))
                    .count());
        }
    }

    private List<Connection> select(Selector target) {
        List<Connection> chosen = new ArrayList<>();
        if (target.connectionId() != null) {
            Connection connection = connections.find(target.connectionId());
            if (connection != null && connection.session().hub().equals(target.hub())) {
                addIfChosen(chosen, connection, target);
            }
            return chosen;
        }
        Members<Connection> members = groups.members(target);
        for (int i = 0; members != null && i < members.size(); i++) {
            addIfChosen(chosen, members.get(i), target);
        }
        return chosen;
    }

    private static void addIfChosen(List<Connection> chosen, Connection candidate, Selector target) {
        if (candidate.present() && chosen(candidate, target)) {
            chosen.add(candidate);
        }
    }

    private Future<OperationResult> forEach(List<Connection> chosen, Consumer<Connection> work) {
        chosen.forEach(connection -> context.guarded(connection, work));
        return answer(chosen.size());
    }

    private static OperationResult show(List<Connection> chosen, Operation.Show show) {
        List<Connection> shown = chosen.stream()
                .filter(connection -> show.type() == null || connection.type() == show.type())
                .filter(connection -> show.state() == null || connection.state() == show.state())
                .toList();
        return list(
                shown,
                show.after(),
                show.limit(),
                connection -> new OperationResult.Member(
                        connection.connectionId(), connection.userId(), details(connection, show.groups())));
    }

    /** What the REST API shows of a connection, with at most {@code maxGroups} group names. */
    private static OperationResult.Details details(Connection connection, int maxGroups) {
        Remote remote = connection.remote();
        return new OperationResult.Details(
                connection.type(),
                connection.state(),
                connection.path(),
                connection.protocol(),
                new OperationResult.GroupsOfMember(
                        connection.groups().stream().sorted().limit(maxGroups).toList(),
                        connection.groups().size()),
                connection.session().identity().openedAtMillis(),
                remote == null
                        ? OperationResult.Redials.NONE
                        : new OperationResult.Redials(remote.attempts(), remote.lastError()));
    }

    private static OperationResult.Member member(Connection connection) {
        return new OperationResult.Member(connection.connectionId(), connection.userId());
    }

    private static OperationResult list(
            List<Connection> chosen,
            @Nullable String after,
            int limit,
            Function<Connection, OperationResult.Member> member) {
        Comparator<Connection> byId = Comparator.comparing(Connection::connectionId);
        PriorityQueue<Connection> smallest = new PriorityQueue<>(byId.reversed());
        for (Connection connection : chosen) {
            if (after == null || connection.connectionId().compareTo(after) > 0) {
                smallest.add(connection);
                if (smallest.size() > limit) {
                    smallest.poll();
                }
            }
        }
        List<OperationResult.Member> members =
                smallest.stream().sorted(byId).map(member).toList();
        return new OperationResult(chosen.size(), members, null, null, 0);
    }

    private static Future<OperationResult> addToGroups(List<Connection> chosen, List<String> names) {
        List<Future<@Nullable FrameRefusal>> joins = new ArrayList<>();
        for (Connection connection : chosen) {
            for (String name : names) {
                joins.add(connection.memberships().join(name));
            }
        }
        return Future.all(joins)
                .map(all -> joins.stream()
                        .map(Future::result)
                        .filter(frameRefusal -> frameRefusal != null)
                        .findFirst()
                        .map(frameRefusal -> new OperationResult(
                                chosen.size(), List.of(), frameRefusal.code(), frameRefusal.message(), 0))
                        .orElseGet(() -> OperationResult.matched(chosen.size())));
    }

    private static Future<OperationResult> changeRules(List<Connection> chosen, Function<Connection, Boolean> change) {
        boolean all = true;
        for (Connection connection : chosen) {
            all &= change.apply(connection);
        }
        return Future.succeededFuture(
                all
                        ? OperationResult.matched(chosen.size())
                        : new OperationResult(
                                chosen.size(),
                                List.of(),
                                ErrorCode.CONFLICT,
                                "the connection has " + Permissions.MAX_RULES
                                        + " rules for this permission, which is the limit",
                                0));
    }

    private static Future<OperationResult> answer(int matched) {
        return Future.succeededFuture(OperationResult.matched(matched));
    }
}
