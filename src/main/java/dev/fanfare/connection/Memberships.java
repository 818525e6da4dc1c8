package dev.fanfare.connection;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.group.Members;
import dev.fanfare.core.group.Membership;
import dev.fanfare.core.session.Refusal;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where one connection is found: in its hub, under its user, in its groups. Belongs to the shard's thread. */
final class Memberships {

    private final Shard shard;
    private final Connection connection;
    /** What a membership takes besides the name of its group: entries in maps and arrays. */
    private static final int ENTRY_BYTES = 128;

    private final Map<String, Membership<Connection>> groups = new HashMap<>(2);
    private long bytes;
    private @Nullable Membership<Connection> inHub;
    private @Nullable Membership<Connection> ofUser;

    Memberships(Shard shard, Connection connection) {
        this.shard = shard;
        this.connection = connection;
    }

    /** The names of its groups. */
    Set<String> groups() {
        return groups.keySet();
    }

    boolean isOneOf(Members<Connection> members) {
        Membership<Connection> group = groups.get(members.name());
        return (group != null && group.members() == members)
                || (ofUser != null && ofUser.members() == members)
                || (inHub != null && inHub.members() == members);
    }

    /** Registers the connection under its hub and user, and in these groups. Completes on the shard's thread. */
    Future<Void> register(List<String> initial) {
        return Future.<Void>succeededFuture().compose(v -> enterAll(initial)); // what is thrown is a failure, too
    }

    private Future<Void> enterAll(List<String> initial) {
        List<Future<?>> all = new ArrayList<>();
        inHub = shard.hubs().add(hub(), "", connection);
        String hubAddress = shard.subscriptions().hubAddress(hub());
        if (inHub.members().size() == 1) {
            shard.interests().want(hubAddress);
        }
        all.add(shard.interests().active(hubAddress));
        String user = connection.userId();
        if (user != null) {
            ofUser = shard.users().add(hub(), user, connection);
            all.add(shard.interests().want(shard.subscriptions().userAddress(hub(), user)));
        }
        for (String group : initial) {
            all.add(join(group));
        }
        return Future.all(all).mapEmpty();
    }

    /** Joins a group; a repetition changes nothing. Completes when everything published to it from then on arrives. */
    Future<@Nullable Refusal> join(String group) {
        if (!groups.containsKey(group)) {
            int limit = shard.limits().groupsPerConnection();
            if (groups.size() >= limit) {
                shard.metrics().limitReached(Metrics.Limit.GROUPS_PER_CONNECTION);
                return Future.succeededFuture(new Refusal(
                        ErrorCode.CONFLICT, "the connection is in " + limit + " groups, which is the limit"));
            }
            Membership<Connection> fresh = shard.enter(hub(), group, connection);
            groups.put(fresh.members().name(), fresh); // the name that all members share
            count(fresh, 1);
        }
        Membership<Connection> membership = groups.get(group);
        return shard.interests()
                .active(shard.subscriptions().groupAddress(hub(), group))
                .<@Nullable Refusal>map(v -> null)
                .onFailure(failure -> {
                    if (groups.get(group) == membership) {
                        leave(group);
                    }
                });
    }

    void leave(String group) {
        Membership<Connection> membership = groups.remove(group);
        if (membership != null) {
            exit(membership);
        }
    }

    void leaveAllGroups() {
        groups.values().forEach(this::exit);
        groups.clear();
    }

    private void exit(Membership<Connection> membership) {
        count(membership, -1);
        shard.exit(membership);
    }

    private void count(Membership<Connection> membership, int sign) {
        bytes += sign * (ENTRY_BYTES + Shard.nameBytes(membership.members().name()));
        shard.inbound().add((long) sign * ENTRY_BYTES);
    }

    /** The memory that its groups take, whether or not others are in them. */
    long bytes() {
        return bytes;
    }

    /** Leaves the hub and the user as well: nobody finds the connection any more. */
    void leaveEverything() {
        leaveAllGroups();
        if (ofUser != null) {
            shard.users().remove(ofUser);
            shard.interests()
                    .drop(shard.subscriptions()
                            .userAddress(hub(), ofUser.members().name()));
            ofUser = null;
        }
        if (inHub != null) {
            if (shard.hubs().remove(inHub)) {
                shard.interests().drop(shard.subscriptions().hubAddress(hub()));
            }
            inHub = null;
        }
    }

    private String hub() {
        return connection.session().hub();
    }
}
