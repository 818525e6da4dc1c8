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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the configuration is to change. Every node has one; it acts at the eldest member of the view. It does no harm
 * if several act: then {@link ConfigurationConsensus} decides.
 */
final class Coordinator {

    /** What it asks about this node. */
    interface CoordinatorEnvironment {

        /** Whether this node is to join others, and never to found a cluster. */
        boolean isWaiting();

        /** Whether this node cannot write to its disk. */
        boolean isFailing();

        /** Whether an operator has said that the disk of a member is lost. */
        boolean isGivenUp(String member);

        /** A name that no lineage has had. */
        String newLineage();
    }

    private final String self;
    private final int partitions;
    private final Leases leases;
    private final ConfigurationConsensus consensus;
    private final CoordinatorEnvironment host;
    private final Set<ReplicaMessage.InSync> ready = new HashSet<>();
    private final Set<String> undecided = new HashSet<>();

    /** Since when no replica of a partition is present. */
    private final Map<Integer, Long> absentSince = new HashMap<>();

    /** The configuration and the members with which that was looked at last. */
    private @Nullable Configuration notedConfiguration;

    private List<String> notedPresent = List.of();

    /** The latest; it holds until something changes that it depends on. */
    private @Nullable PlacementPlan plan;

    /** @param replicas all members that have, or get, a copy of some partition */
    private record PlacementPlan(Configuration before, Set<String> replicas, Placement placement, Configuration next) {

        boolean changesSomething() {
            return !next.members().equals(before.members())
                    || !next.partitions().equals(before.partitions());
        }
    }

    /** Members without which this one cannot go on, that are not there. */
    private Set<String> missing = Set.of();

    private List<String> view = List.of();
    private long viewSince;
    private boolean leaving;

    Coordinator(
            String self, int partitions, Leases leases, ConfigurationConsensus consensus, CoordinatorEnvironment host) {
        this.self = self;
        this.partitions = partitions;
        this.leases = leases;
        this.consensus = consensus;
        this.host = host;
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
                .allMatch(presence -> presence != null && presence.heartbeat().leaving());
    }

    /** Ignores a report of another term; those that hold are repeated. */
    void inSync(ReplicaMessage.InSync report) {
        Configuration current = consensus.current();
        int partition = report.partition();
        if (current != null
                && partition >= 0
                && partition < current.partitions().size()
                && current.partition(partition).term() == report.term()
                && current.partition(partition).learners().contains(report.learner())) {
            ready.add(report);
        }
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
                        .filter(member -> member != null && current.isMember(member) && !isFailing(member))
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
        missing = Set.of();
        if (current == null) {
            if (!host.isWaiting()) {
                found(now);
            }
        } else if (!consensus.isProposing(now) && isInCharge(current)) {
            coordinate(current, now);
        }
    }

    /** The eldest member; if none is left, the eldest of those that were members until they were restarted. */
    private boolean isInCharge(Configuration current) {
        String coordinator = coordinator();
        if (coordinator != null) {
            return self.equals(coordinator);
        }
        return !current.isMember(self)
                && view.stream()
                        .map(this::memberAt)
                        .filter(member -> member != null && current.voter(member) != null && !isFailing(member))
                        .findFirst()
                        .filter(self::equals)
                        .isPresent();
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
            if (presence != null
                    && presence.lineage().isEmpty()
                    && !presence.heartbeat().waiting()
                    && isLike(presence.member())
                    && presence.at() >= viewSince) {
                members.add(presence.member());
            } else if (node.equals(MemberId.nodeOf(self))) {
                members.add(self);
            } else {
                return;
            }
        }
        consensus.found(Placement.first(host.newLineage(), members, partitions));
    }

    private void coordinate(Configuration current, long now) {
        List<String> present = new ArrayList<>();
        Set<String> leavingMembers = new TreeSet<>();
        Set<String> failingMembers = new TreeSet<>();
        for (String node : view) {
            String member = memberAt(node);
            if (member != null
                    && (member.equals(self) || current.isMember(member) || isCandidate(node, current, now))) {
                present.add(member);
                if (isFailing(member)) {
                    failingMembers.add(member);
                }
                if (isLeaving(node)) {
                    leavingMembers.add(member);
                }
            }
        }
        List<String> quorum = present.stream().filter(current::isMember).toList();
        Set<String> dead = leases.deadKnownTo(quorum);
        boolean majority = current.isMember(self) && current.isMajority(quorum, dead);
        if (majority) {
            noteAbsence(current, present, now);
        }
        PlacementPlan planned = plan(current, present, leavingMembers, failingMembers, dead, now);
        Configuration next = planned.next();
        if (!majority) {
            resume(current, next, now);
            return;
        }
        Set<String> without = new TreeSet<>(current.members());
        without.removeAll(quorum);
        without.removeAll(dead);
        boolean open = consensus.isUndecided(now) || quorum.stream().anyMatch(undecided::contains);
        if (without.stream().noneMatch(member -> leases.isBoundTo(member, now))
                && (planned.changesSomething() || open)) {
            consensus.propose(next, quorum, without, false, now);
        }
    }

    private PlacementPlan plan(
            Configuration current,
            List<String> present,
            Set<String> leavingMembers,
            Set<String> failingMembers,
            Set<String> dead,
            long now) {
        PlacementPlan known = plan != null && plan.before().equals(current) ? plan : null;
        Set<String> replicas = known == null ? replicas(current) : known.replicas();
        Set<String> gone = replicas.stream()
                .filter(member -> !present.contains(member) && isGone(member, dead))
                .collect(Collectors.toSet());
        Set<Integer> overdue = absentSince.entrySet().stream()
                .filter(each -> now - each.getValue() >= ReplicaTiming.LOST)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        Placement placement = new Placement(present, leavingMembers, failingMembers, gone, overdue, ready);
        if (known != null && known.placement().equals(placement)) {
            return known;
        }
        PlacementPlan latest = new PlacementPlan(current, replicas, placement, placement.after(current));
        plan = latest;
        return latest;
    }

    private static Set<String> replicas(Configuration configuration) {
        Set<String> replicas = new HashSet<>();
        for (Assignment assignment : configuration.partitions()) {
            replicas.addAll(assignment.inSync());
            replicas.addAll(assignment.learners());
        }
        return replicas;
    }

    /** Whether what an absent member had is known to be lost. */
    private boolean isGone(String member, Set<String> dead) {
        return MemberId.isDurable(member) ? host.isGivenUp(member) : leases.isGone(member) || dead.contains(member);
    }

    /** What was computed last as the next configuration, for tests; null if nothing was. */
    @Nullable
    Configuration planned() {
        return plan == null ? null : plan.next();
    }

    /**
     * The members that have left a configuration without a majority, or all of them, were restarted. What they knew about one another is
     * gone, so nothing less than all of them decides how to go on: one that is not there may have gone on without
     * them, or with others. An operator may say that it never returns.
     */
    private void resume(Configuration current, Configuration next, long now) {
        Set<String> quorum = new TreeSet<>();
        Set<String> absent = new TreeSet<>();
        for (String member : current.members()) {
            boolean there = view.stream().anyMatch(node -> isVoter(node, member, current, now));
            (there ? quorum : absent).add(member);
        }
        missing = absent.stream().filter(member -> !host.isGivenUp(member)).collect(Collectors.toSet());
        if (!missing.isEmpty()) {
            return;
        }
        // What was decided without those that are given up is the end of their lineage.
        Configuration value = absent.isEmpty() ? next : next.inLineage(host.newLineage());
        consensus.propose(value, quorum, absent, true, now);
    }

    /** Whether the node is this member of the configuration, or was it until its process was restarted, and is as far. */
    private boolean isVoter(String node, String member, Configuration current, long now) {
        String there = memberAt(node);
        if (there == null || !MemberId.isSame(there, member)) {
            return false;
        }
        Presence presence = leases.presence(node);
        return there.equals(self)
                || (presence != null
                        && now - presence.at() < ReplicaTiming.SILENCE
                        && presence.lineage().equals(current.lineage())
                        && presence.heartbeat().number() == current.number());
    }

    /** Whether a member keeps its state as this one does, on a disk or not. */
    private boolean isLike(String member) {
        return MemberId.isDurable(member) == MemberId.isDurable(self);
    }

    /** The members in the view that have disks if this one has none, or none if this one has. */
    Set<String> unlike() {
        return view.stream()
                .map(this::memberAt)
                .filter(member -> member != null && !isLike(member))
                .collect(Collectors.toSet());
    }

    /** Members without which this one cannot go on, that are not there; empty while that is not its task. */
    Set<String> missing() {
        return missing;
    }

    /** The members that alone have the content of a partition, and are not there. */
    Set<String> absentReplicas() {
        Configuration current = consensus.current();
        Set<String> absent = new TreeSet<>();
        if (current != null) {
            absentSince
                    .keySet()
                    .forEach(partition ->
                            absent.addAll(current.partition(partition).inSync()));
        }
        return absent;
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
        return Objects.requireNonNull(leases.presence(node)).heartbeat().leaving();
    }

    /** Whether it cannot write to its disk. */
    private boolean isFailing(String member) {
        if (member.equals(self)) {
            return host.isFailing();
        }
        Presence presence = leases.presence(MemberId.nodeOf(member));
        return presence != null && presence.heartbeat().failing();
    }

    private void noteAbsence(Configuration current, List<String> present, long now) {
        if (current.equals(notedConfiguration) && present.equals(notedPresent)) {
            return;
        }
        notedConfiguration = current;
        notedPresent = List.copyOf(present);
        for (int partition = 0; partition < current.partitions().size(); partition++) {
            boolean absent = current.partition(partition).inSync().stream()
                    .noneMatch(replica -> present.stream().anyMatch(each -> MemberId.isSame(each, replica)));
            if (absent) {
                absentSince.putIfAbsent(partition, now);
            } else {
                absentSince.remove(partition);
            }
        }
    }
}
