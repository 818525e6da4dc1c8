package dev.fanfare.store.replica;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides each configuration by single-decree Paxos among the members of the one before. A quorum is a majority by {@link
 * Configuration#isMajority} in which every member takes part that is neither dead nor excluded; a member takes part only if it
 * is bound by a lease to none of the excluded. What a member promises and accepts is on its disk before it says so, but leases
 * and proofs of death are lost with a process: one that was restarted takes part only if all members do. Pure: no thread,
 * no clock.
 */
final class ConfigurationConsensus {

    /** Where messages go, and what a decision leads to. */
    interface ConsensusEnvironment {
        void send(String member, ReplicaMessage message);

        /** A later configuration than before is known to be decided. */
        void configured(Configuration configuration);

        /** This member has had a configuration decided, as configured before: the others are to know it. */
        void announce(Configuration configuration);
    }

    private final String self;
    private final Leases leases;
    private final DurableWrites writes;
    private final ConsensusEnvironment host;
    private @Nullable Configuration current;

    /** As acceptor of the configuration after the current one. */
    private Ballot promised = Ballot.NONE;

    private Ballot acceptedBallot = Ballot.NONE;
    private @Nullable Configuration accepted;
    private final Set<String> excluded = new HashSet<>();
    private long promisedAt;

    /** What this process has promised, not a former one with its disk. */
    private Ballot promisedHere = Ballot.NONE;

    private @Nullable Attempt attempt;
    private long lastRound;

    /** As proposer. */
    private static final class Attempt {
        private final Ballot ballot;
        private final long startedAt;
        private final Set<String> quorum;
        private final Set<String> waitingFor;
        private Configuration value;
        private Ballot valueBallot = Ballot.NONE;
        private boolean accepting;

        Attempt(Ballot ballot, long startedAt, Configuration value, Collection<String> quorum) {
            this.ballot = ballot;
            this.startedAt = startedAt;
            this.value = value;
            this.quorum = new TreeSet<>(quorum);
            this.waitingFor = new TreeSet<>(quorum);
        }
    }

    ConfigurationConsensus(
            String self,
            Leases leases,
            DurableWrites writes,
            @Nullable StoredMember stored,
            ConsensusEnvironment host) {
        this.self = self;
        this.leases = leases;
        this.writes = writes;
        this.host = host;
        if (stored != null) {
            current = stored.configuration();
            promised = stored.promised().promised();
            acceptedBallot = stored.promised().acceptedBallot();
            accepted = stored.promised().accepted();
        }
    }

    @Nullable
    Configuration current() {
        return current;
    }

    /** The number of the current configuration; 0 for none. */
    long number() {
        return current == null ? 0 : current.number();
    }

    /** Whether this member has taken part in a decision without the other one, and does not know the outcome. */
    boolean mayHaveExcluded(String member) {
        return excluded.contains(member);
    }

    /** Whether this member has taken part in a decision some time ago whose outcome it does not know. */
    boolean isUndecided(long now) {
        return !promised.equals(Ballot.NONE) && now - promisedAt >= ReplicaTiming.ROUND;
    }

    boolean isProposing(long now) {
        Attempt running = attempt;
        return running != null && now - running.startedAt < ReplicaTiming.ROUND;
    }

    /**
     * Tries to have a configuration decided that follows the current one; another one that may be decided already takes its place.
     *
     * @param quorum members of the current configuration that take part, this one included: a majority
     * @param without the others, unless they are dead
     * @param complete whether the quorum is all members, apart from those that an operator has given up
     */
    void propose(Configuration next, Collection<String> quorum, Set<String> without, boolean complete, long now) {
        lastRound = Math.max(lastRound, promised.round()) + 1;
        Ballot ballot = new Ballot(lastRound, self);
        attempt = new Attempt(ballot, now, next, quorum);
        ReplicaMessage prepare = new ReplicaMessage.Prepare(number(), ballot, Set.copyOf(without), complete);
        quorum.forEach(member -> host.send(member, prepare));
    }

    /** Adopts a configuration without a decision: the first one of a lineage. */
    void found(Configuration first) {
        adopt(first);
        host.announce(first);
    }

    void receive(String from, ReplicaMessage.Consensus message, long now) {
        message.accept(new ReplicaMessage.ConsensusVisitor() {
            @Override
            public void on(ReplicaMessage.Prepare prepare) {
                prepared(from, prepare, now);
            }

            @Override
            public void on(ReplicaMessage.Promise promise) {
                promised(from, promise);
            }

            @Override
            public void on(ReplicaMessage.Accept accept) {
                accept(from, accept);
            }

            @Override
            public void on(ReplicaMessage.AcceptAck ack) {
                accepted(from, ack);
            }

            @Override
            public void on(ReplicaMessage.PrepareRefused refused) {
                refused(refused);
            }

            @Override
            public void on(ReplicaMessage.Decided decided) {
                decided(decided.configuration());
            }
        });
    }

    private void prepared(String from, ReplicaMessage.Prepare prepare, long now) {
        Configuration known = current;
        if (known == null || !isAcceptorAfter(from, prepare.number())) {
            return;
        }
        boolean bound = prepare.excluded().stream().anyMatch(member -> leases.isBoundTo(member, now));
        boolean votes = known.isMember(self) || prepare.complete();
        if (!votes || bound || prepare.ballot().isBelow(promised)) {
            host.send(from, new ReplicaMessage.PrepareRefused(prepare.number(), prepare.ballot(), promised));
            return;
        }
        if (promised.equals(Ballot.NONE)) {
            promisedAt = now;
        }
        promised = prepare.ballot();
        promisedHere = promised;
        excluded.addAll(prepare.excluded());
        write();
        host.send(from, new ReplicaMessage.Promise(prepare.number(), promised, acceptedBallot, accepted));
    }

    private void accept(String from, ReplicaMessage.Accept accept) {
        if (!isAcceptorAfter(from, accept.number())) {
            return;
        }
        if (!accept.ballot().equals(promised) || !accept.ballot().equals(promisedHere)) {
            host.send(from, new ReplicaMessage.PrepareRefused(accept.number(), accept.ballot(), promised));
            return;
        }
        acceptedBallot = accept.ballot();
        accepted = accept.value();
        write();
        host.send(from, new ReplicaMessage.AcceptAck(accept.number(), accept.ballot()));
    }

    /** Adds the records that lead to the present state. */
    void snapshot(List<StateRecord> records) {
        if (current != null) {
            records.add(new StateRecord.AdoptedConfiguration(current));
            records.add(new StateRecord.OwnPromise(promised, acceptedBallot, accepted));
        }
    }

    private void write() {
        writes.write(new StateRecord.OwnPromise(promised, acceptedBallot, accepted));
    }

    /** Whether this member takes part in the decision after a number; a proposer that is behind gets what was decided. */
    private boolean isAcceptorAfter(String from, long number) {
        Configuration known = current;
        if (known != null && number < known.number()) {
            host.send(from, new ReplicaMessage.Decided(known));
        }
        return known != null && number == known.number() && known.voter(self) != null && known.voter(from) != null;
    }

    private void promised(String from, ReplicaMessage.Promise promise) {
        Attempt running = running(promise.number(), promise.ballot());
        if (running == null || running.accepting) {
            return;
        }
        Configuration theirs = promise.accepted();
        if (theirs != null && running.valueBallot.isBelow(promise.acceptedBallot())) {
            running.value = theirs;
            running.valueBallot = promise.acceptedBallot();
        }
        running.waitingFor.removeIf(member -> MemberId.isSame(member, from));
        if (running.waitingFor.isEmpty()) {
            running.accepting = true;
            running.waitingFor.addAll(running.quorum);
            ReplicaMessage accept = new ReplicaMessage.Accept(promise.number(), running.ballot, running.value);
            running.quorum.forEach(member -> host.send(member, accept));
        }
    }

    private void accepted(String from, ReplicaMessage.AcceptAck done) {
        Attempt running = running(done.number(), done.ballot());
        if (running == null || !running.accepting) {
            return;
        }
        running.waitingFor.removeIf(member -> MemberId.isSame(member, from));
        if (running.waitingFor.isEmpty()) {
            adopt(running.value);
            host.announce(running.value);
        }
    }

    private @Nullable Attempt running(long number, Ballot ballot) {
        Attempt running = attempt;
        return running != null && number == number() && running.ballot.equals(ballot) ? running : null;
    }

    private void refused(ReplicaMessage.PrepareRefused refused) {
        if (running(refused.number(), refused.ballot()) != null) {
            lastRound = Math.max(lastRound, refused.promised().round());
            attempt = null;
        }
    }

    private void decided(Configuration configuration) {
        Configuration known = current;
        boolean later = known == null || known.number() < configuration.number();
        if (later && (known == null || isOurs(configuration.lineage(), known))) {
            adopt(configuration);
        }
    }

    /** Whether a lineage is that of this member, or the one in which it has agreed to go on. */
    private boolean isOurs(String lineage, Configuration known) {
        Configuration next = accepted;
        return lineage.equals(known.lineage()) || (next != null && lineage.equals(next.lineage()));
    }

    private void adopt(Configuration configuration) {
        writes.write(new StateRecord.AdoptedConfiguration(configuration));
        current = configuration;
        promised = Ballot.NONE;
        promisedHere = Ballot.NONE;
        acceptedBallot = Ballot.NONE;
        accepted = null;
        excluded.clear();
        attempt = null;
        lastRound = 0;
        host.configured(configuration);
    }
}
