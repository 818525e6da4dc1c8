package dev.fanfare.shard;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.group.MemberHandle;
import dev.fanfare.core.group.Members;
import dev.fanfare.core.protocol.FrameRefusal;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The entries of one connection in the registries of hubs, users and groups. Confined to the shard's thread. */
public final class Memberships {

    /** Estimated size of a membership without the name of its group: entries in maps and arrays. */
    private static final int ENTRY_BYTES = 128;

    private final ShardContext context;
    private final GroupTable table;
    private final Connection connection;
    private final Map<String, MemberHandle<Connection>> groups = new HashMap<>(2);
    private long bytes;
    private @Nullable MemberHandle<Connection> inHub;
    private @Nullable MemberHandle<Connection> ofUser;

    Memberships(ShardContext context, GroupTable table, Connection connection) {
        this.context = context;
        this.table = table;
        this.connection = connection;
    }

    /** The names of its groups. */
    Set<String> groups() {
        return groups.keySet();
    }

    public boolean isOneOf(Members<Connection> members) {
        MemberHandle<Connection> group = groups.get(members.name());
        return (group != null && group.members() == members)
                || (ofUser != null && ofUser.members() == members)
                || (inHub != null && inHub.members() == members);
    }

    /** Registers the connection under its hub and user, and in these groups. Completes on the shard's thread. */
    Future<Void> register(List<String> initial) {
        return Future.<Void>succeededFuture().compose(v -> enterAll(initial)); // exceptions become failures
    }

    private Future<Void> enterAll(List<String> initial) {
        assert context.onThread();
        List<Future<?>> all = new ArrayList<>();
        inHub = table.hubs().add(hub(), "", connection);
        int hubSlot = table.subscriptions().hubSlot(hub());
        if (inHub.members().size() == 1) {
            table.localSubscriptions().acquire(hubSlot);
        }
        all.add(table.localSubscriptions().active(hubSlot));
        String user = connection.userId();
        if (user != null) {
            ofUser = table.users().add(hub(), user, connection);
            all.add(table.localSubscriptions().acquire(table.subscriptions().userSlot(hub(), user)));
        }
        for (String group : initial) {
            all.add(join(group));
        }
        return Future.all(all).mapEmpty();
    }

    /** Joins a group; idempotent. Completes when the subscription is active, so that later publications arrive. */
    Future<@Nullable FrameRefusal> join(String group) {
        assert context.onThread();
        if (!groups.containsKey(group)) {
            int limit = context.limits().groupsPerConnection();
            if (groups.size() >= limit) {
                context.metrics().limitReached(Metrics.Limit.GROUPS_PER_CONNECTION);
                return Future.succeededFuture(new FrameRefusal(
                        ErrorCode.CONFLICT, "the connection is in " + limit + " groups, which is the limit"));
            }
            MemberHandle<Connection> fresh = table.joinGroup(hub(), group, connection);
            groups.put(fresh.members().name(), fresh); // the String instance that all members share
            count(fresh, 1);
        }
        MemberHandle<Connection> memberHandle = groups.get(group);
        return table.localSubscriptions()
                .active(table.subscriptions().groupSlot(hub(), group))
                .<@Nullable FrameRefusal>map(v -> null)
                .onFailure(failure -> {
                    if (groups.get(group) == memberHandle) {
                        leave(group);
                    }
                });
    }

    void leave(String group) {
        assert context.onThread();
        MemberHandle<Connection> memberHandle = groups.remove(group);
        if (memberHandle != null) {
            exit(memberHandle);
        }
    }

    void leaveAllGroups() {
        assert context.onThread();
        groups.values().forEach(this::exit);
        groups.clear();
    }

    private void exit(MemberHandle<Connection> memberHandle) {
        count(memberHandle, -1);
        table.leaveGroup(memberHandle);
    }

    private void count(MemberHandle<Connection> memberHandle, int sign) {
        bytes += sign
                * (ENTRY_BYTES + GroupTable.nameBytes(memberHandle.members().name()));
        context.inboundMemory().add((long) sign * ENTRY_BYTES);
    }

    /** Estimated size of its memberships with the names of the groups, even if shared. */
    long bytes() {
        return bytes;
    }

    /** Leaves the hub and the user as well: the connection is unreachable from then on. */
    void leaveEverything() {
        assert context.onThread();
        leaveAllGroups();
        if (ofUser != null) {
            table.users().remove(ofUser);
            table.localSubscriptions()
                    .release(table.subscriptions()
                            .userSlot(hub(), ofUser.members().name()));
            ofUser = null;
        }
        if (inHub != null) {
            if (table.hubs().remove(inHub)) {
                table.localSubscriptions().release(table.subscriptions().hubSlot(hub()));
            }
            inHub = null;
        }
    }

    private String hub() {
        return connection.session().hub();
    }
}
