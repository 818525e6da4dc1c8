package dev.fanfare.store.replica;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who has heard from whom. A member that answers the heartbeat of another one promises to take part in no configuration without
 * it for {@link ReplicaTiming#SILENCE}; the other one relies on that for {@link ReplicaTiming#LEASE} from when it sent the heartbeat. So
 * a member whose process ends while its lease is valid has decided nothing behind the back of the holder: the holder
 * may count it as dead.
 */
final class Leases {

    /** What a node in the view has presented itself as. */
    record Presence(String member, ReplicaMessage.MemberHeartbeat heartbeat, long at) {

        String lineage() {
            return heartbeat.lineage();
        }
    }

    private final Map<String, Presence> presences = new HashMap<>();
    private final Map<String, Long> heardAt = new HashMap<>();
    private final Map<String, Long> grantedUntil = new HashMap<>();
    private final Map<String, Set<String>> deadByMember = new HashMap<>();
    private final Set<String> crashed = new TreeSet<>();
    private final Set<String> dead = new TreeSet<>();

    /** A heartbeat has arrived from a node in the view. Returns whether it is not that of a former process. */
    boolean heard(String member, ReplicaMessage.MemberHeartbeat heartbeat, long now) {
        List<String> same = presences.values().stream()
                .map(Presence::member)
                .filter(each -> !each.equals(member) && MemberId.isSame(each, member))
                .toList();
        if (same.stream().anyMatch(each -> MemberId.processOf(each) > MemberId.processOf(member))) {
            return false;
        }
        // A process locks its disk: those before have ended.
        same.forEach(each -> crashed(MemberId.nodeOf(each), now));
        Presence before = presences.put(MemberId.nodeOf(member), new Presence(member, heartbeat, now));
        if (before != null && !before.member().equals(member)) {
            ended(before.member(), now);
        }
        heardAt.put(member, now);
        return true;
    }

    /** The member has answered a heartbeat that was sent at this time. */
    void granted(String member, long sentAt) {
        grantedUntil.merge(member, sentAt + ReplicaTiming.LEASE, Math::max);
    }

    /** The process of a node has ended. */
    void crashed(String node, long now) {
        Presence presence = presences.remove(node);
        if (presence != null) {
            ended(presence.member(), now);
        }
    }

    private void ended(String member, long now) {
        crashed.add(member);
        if (holdsLeaseOf(member, now)) {
            dead.add(member);
        }
    }

    /** Whether the member has promised to decide nothing without this node. */
    boolean holdsLeaseOf(String member, long now) {
        return now < grantedUntil.getOrDefault(member, Long.MIN_VALUE);
    }

    /** Whether this node has promised to decide nothing without the member. */
    boolean isBoundTo(String member, long now) {
        Long at = heardAt.get(member);
        return at != null && now - at < ReplicaTiming.SILENCE && !dead.contains(member);
    }

    /** As which member a node of the view has presented itself; null if it has not. */
    @Nullable
    Presence presence(String node) {
        return presences.get(node);
    }

    /** The member that has the same disk as this one, or is the same; null if none has presented itself. */
    @Nullable
    String present(String member) {
        return presences.values().stream()
                .filter(each -> MemberId.isSame(each.member(), member))
                .max(Comparator.comparingLong(Presence::at))
                .map(Presence::member)
                .orElse(null);
    }

    /** Members that take part in nothing any more, and have decided nothing without this node. */
    Set<String> dead() {
        return dead;
    }

    /** What a member has answered about {@link #dead}. */
    void reportedDead(String member, Set<String> known) {
        if (known.isEmpty()) {
            deadByMember.remove(member);
        } else {
            deadByMember.put(member, known);
        }
    }

    /** Members that take part in nothing any more, and have decided nothing without this node or one of these members. */
    Set<String> deadKnownTo(Collection<String> members) {
        Set<String> all = new TreeSet<>(dead);
        deadByMember.forEach((member, known) -> {
            if (members.contains(member)) {
                all.addAll(known);
            }
        });
        return all;
    }

    /** Whether the process of the member has ended, and with it what it had in memory. */
    boolean isGone(String member) {
        return crashed.contains(member);
    }

    /** Drops what concerns neither these members, nor nodes of the view, nor a promise that is still valid. */
    void retain(Set<String> members, Collection<String> view, long now) {
        presences
                .values()
                .removeIf(presence ->
                        !members.contains(presence.member()) && !view.contains(MemberId.nodeOf(presence.member())));
        heardAt.values().removeIf(at -> now - at >= ReplicaTiming.SILENCE);
        grantedUntil.values().removeIf(until -> now >= until);
        deadByMember.keySet().retainAll(members);
        crashed.retainAll(members);
        dead.retainAll(members);
    }
}
