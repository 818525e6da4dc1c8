package dev.fanfare.shard;

import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.core.group.GroupRegistry;
import dev.fanfare.core.group.MemberHandle;
import dev.fanfare.core.group.Members;
import org.jspecify.annotations.Nullable;

/**
 * The members of all groups, users and hubs on a shard, and the subscriptions that they need. Confined to the shard's thread.
 * See {@code src/docs/decisions/0001}.
 */
final class GroupTable {

    /** Estimated size of a group without its name: entries in maps and arrays, here and in the census. */
    private static final int GROUP_BYTES = 384;

    private final ShardContext context;
    private final LocalSubscriptions localSubscriptions;
    private final GroupRegistry<Connection> groups = new GroupRegistry<>();
    private final GroupRegistry<Connection> users = new GroupRegistry<>();
    private final GroupRegistry<Connection> hubs = new GroupRegistry<>();

    GroupTable(ShardContext context, LocalSubscriptions localSubscriptions) {
        this.context = context;
        this.localSubscriptions = localSubscriptions;
    }

    MemberHandle<Connection> joinGroup(String hub, String group, Connection connection) {
        assert context.onThread();
        MemberHandle<Connection> memberHandle = groups.add(hub, group, connection);
        if (memberHandle.members().size() == 1) {
            context.inboundMemory().add(nameBytes(group));
            context.census().appeared(hub, group);
            localSubscriptions.acquire(subscriptions().groupSlot(hub, group));
        }
        return memberHandle;
    }

    void leaveGroup(MemberHandle<Connection> memberHandle) {
        assert context.onThread();
        if (groups.remove(memberHandle)) {
            String hub = memberHandle.members().hub();
            String group = memberHandle.members().name();
            context.inboundMemory().add(-nameBytes(group));
            context.census().vanished(hub, group);
            localSubscriptions.release(subscriptions().groupSlot(hub, group));
        }
    }

    /** Estimated size of a group that has members on this shard. */
    static long nameBytes(String group) {
        return GROUP_BYTES + (long) Character.BYTES * group.length();
    }

    /** The candidates for a selector without a connection id; null if there are none. */
    @Nullable
    Members<Connection> members(Selector target) {
        if (target.group() != null) {
            return groups.find(target.hub(), target.group());
        }
        return target.userId() != null ? users.find(target.hub(), target.userId()) : hubs.find(target.hub(), "");
    }

    GroupRegistry<Connection> users() {
        return users;
    }

    GroupRegistry<Connection> hubs() {
        return hubs;
    }

    LocalSubscriptions localSubscriptions() {
        return localSubscriptions;
    }

    Subscriptions subscriptions() {
        return context.subscriptions();
    }
}
