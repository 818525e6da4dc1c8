package dev.fanfare.store.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import org.junit.jupiter.api.Test;

class CoordinatorTest {

    private static final String SELF = "a/1";

    private final Leases leases = new Leases();
    private final ConfigurationConsensus consensus =
            new ConfigurationConsensus(SELF, leases, new DurableWrites(null), null, new Alone());
    private final Coordinator coordinator = new Coordinator(SELF, 16, leases, consensus, new InMemory());

    /** For 256 partitions that takes a millisecond. */
    @Test
    void aConfigurationIsPlannedWhenSomethingHasChanged() {
        coordinator.view(List.of("a", "b"), 0);
        coordinator.view(List.of("a"), 0);
        coordinator.tick(ReplicaTiming.FOUND);
        coordinator.tick(1100);
        Configuration planned = coordinator.planned();
        assertNotNull(planned);
        coordinator.tick(1200);
        assertSame(planned, coordinator.planned());
        coordinator.view(List.of("a", "b"), 1200);
        heartbeat(0, 1300);
        coordinator.tick(1300);
        Configuration larger = coordinator.planned();
        assertNotNull(larger);
        assertNotSame(planned, larger);
        assertEquals(List.of(SELF, "b/1"), larger.members());
        heartbeat(77, 1400); // bytes that it holds do not matter
        coordinator.tick(1400);
        assertSame(larger, coordinator.planned());
    }

    private void heartbeat(long bytes, long now) {
        leases.heard(
                "b/1", new ReplicaMessage.MemberHeartbeat("", 0, 0, now, false, bytes, 1000, false, false, false), now);
    }

    private static final class Alone implements ConfigurationConsensus.ConsensusEnvironment {

        @Override
        public void send(String member, ReplicaMessage message) {
            // What is proposed is not decided.
        }

        @Override
        public void configured(Configuration configuration) {
            // Nothing depends on it.
        }

        @Override
        public void announce(Configuration configuration) {
            // There are no others.
        }
    }

    private static final class InMemory implements Coordinator.CoordinatorEnvironment {

        @Override
        public boolean isWaiting() {
            return false;
        }

        @Override
        public boolean isFailing() {
            return false;
        }

        @Override
        public boolean isGivenUp(String member) {
            return false;
        }

        @Override
        public String newLineage() {
            return SELF;
        }
    }
}
