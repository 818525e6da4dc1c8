package dev.fanfare.store.replica;

import dev.fanfare.store.replica.Leases.Presence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the configuration is to change. Every node has one; it acts at the eldest member of the view. It does no harm
 * if several act: then {@link ConfigurationConsensus} decides.
 */
final class Coordinator {

    private final String self;
    private final int partitions;
    private final Leases leases;
    private final ConfigurationConsensus consensus;
    private final Set<ReplicaMessage.InSync> ready = new HashSet<>();
    private final Set<String> undecided = new HashSet<>();

    /** Since when no replica of a partition is present. */
    private final Map<Integer, Long> absentSince = new HashMap<>();

    private List<String> view = List.of();
    private long viewSince;
    private boolean leaving;

    Coordinator(String self, int partitions, Leases leases, ConfigurationConsensus consensus) {
        this.self = self;
        this.partitions = partitions;
        this.leases = leases;
        this.consensus = consensus;
    }

    /** @param nodes the eldest first */
    void view(List<String> nodes, long now) {
        view = List.copyOf(nodes);
        viewSince = now;
    }

    List<String> view() {
        return view;
    }

    void leave() {
        leaving = true;
    }

    boolean isLeaving() {
        return leaving;
    }

    /** Whether no node of the view stays when this one has left. A node that has not presented itself may. */
    boolean isLast() {
        return view.stream()
                .filter(other -> !other.equals(MemberId.nodeOf(self)))
                .map(leases::presence)
                .allMatch(presence -> presence != null && presence.leaving());
    }

    void inSync(ReplicaMessage.InSync report) {
        ready.add(report);
    }

    /** A member has answered a heartbeat. */
    void undecided(String member, boolean isUndecided) {
        if (isUndecided) {
            undecided.add(member);
        } else {
            undecided.remove(member);
        }
    }

    void configured(Configuration configuration) {
        undecided.clear();
        ready.removeIf(report -> configuration.partition(report.partition()).term() != report.term());
    }

    /** The member that coordinates, as this one sees it; null for none. */
    @Nullable
    String coordinator() {
        Configuration current = consensus.current();
        return current == null
                ? null
                : view.stream()
                        .map(this::memberAt)
                        .filter(member -> member != null && current.isMember(member))
                        .findFirst()
                        .orElse(null);
    }

    private @Nullable String memberAt(String node) {
        if (node.equals(MemberId.nodeOf(self))) {
            return self;
        }
        Presence presence = leases.presence(node);
        return presence == null ? null : presence.member();
    }

    void tick(long now) {
        Configuration current = consensus.current();
        if (current == null) {
            found(now);
        } else if (current.isMember(self) && self.equals(coordinator()) && !consensus.isProposing(now)) {
            coordinate(current, now);
        }
    }

    /** A first configuration, if no node of the view has one. */
    private void found(long now) {
        boolean eldest = !view.isEmpty() && view.get(0).equals(MemberId.nodeOf(self));
        if (!eldest || now - viewSince < ReplicaTiming.FOUND) {
            return;
        }
        List<String> members = new ArrayList<>();
        for (String node : view) {
            Presence presence = leases.presence(node);
            if (presence != null && presence.lineage().isEmpty() && presence.at() >= viewSince) {
                members.add(presence.member());
            } else if (node.equals(MemberId.nodeOf(self))) {
                members.add(self);
            } else {
                return;
            }
        }
        consensus.found(Placement.first(self, members, partitions));
    }

    private void coordinate(Configuration current, long now) {
        List<String> present = new ArrayList<>();
        Set<String> leavingMembers = new TreeSet<>();
        for (String node : view) {
            String member = memberAt(node);
            if (member != null && (current.isMember(member) || isCandidate(node, current, now))) {
                present.add(member);
                if (isLeaving(node)) {
                    leavingMembers.add(member);
                }
            }
        }
        List<String> quorum = present.stream().filter(current::isMember).toList();
        Set<String> dead = leases.deadKnownTo(quorum);
        Set<String> without = new TreeSet<>(current.members());
        without.removeAll(quorum);
        without.removeAll(dead);
        if (without.stream().anyMatch(member -> leases.isBoundTo(member, now)) || !current.isMajority(quorum, dead)) {
            return;
        }
        noteAbsence(current, present, now);
        Placement placement = new Placement(
                present,
                leavingMembers,
                member -> leases.isGone(member) || dead.contains(member),
                partition -> now - absentSince.getOrDefault(partition, now) >= ReplicaTiming.LOST,
                ready);
        Configuration next = placement.after(current);
        boolean changes =
                !next.members().equals(current.members()) || !next.partitions().equals(current.partitions());
        if (changes || consensus.isUndecided(now) || quorum.stream().anyMatch(undecided::contains)) {
            consensus.propose(next, quorum, without, now);
        }
    }

    /** Whether a node that is no member is to become one: it is new, or has returned. */
    private boolean isCandidate(String node, Configuration current, long now) {
        Presence presence = leases.presence(node);
        return presence != null
                && now - presence.at() < ReplicaTiming.SILENCE
                && (presence.lineage().isEmpty() || presence.lineage().equals(current.lineage()));
    }

    private boolean isLeaving(String node) {
        if (node.equals(MemberId.nodeOf(self))) {
            return leaving;
        }
        return Objects.requireNonNull(leases.presence(node)).leaving();
    }

    private void noteAbsence(Configuration current, List<String> present, long now) {
        for (int partition = 0; partition < current.partitions().size(); partition++) {
            boolean absent = current.partition(partition).inSync().stream().noneMatch(present::contains);
            if (absent) {
                absentSince.putIfAbsent(partition, now);
            } else {
                absentSince.remove(partition);
            }
        }
    }
}
