package dev.fanfare.store.replica;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of concurrent operations on one object in which each takes effect at one moment between its call and its
 * return, and in which all results are those of a sequential model. The search is that of Wing and Gong, with the states
 * that were reached before remembered, as Lowe describes it.
 */
public final class Linearizability {

    /** Beyond it a history is too hard to decide. */
    private static final int MAX_STEPS = 200_000;

    /** An operation that never returned may take effect at any time after its call, or never. */
    public static final long NEVER = Long.MAX_VALUE;

    /**
     * An operation.
     *
     * @param result null if its outcome is unknown
     */
    public record Operation(
            long calledAt,
            long returnedAt,
            String input,
            @Nullable String result) {}

    /** A sequential object; states are compared with {@code equals}. */
    public interface Model {
        String initial();

        /** The state after an operation; null if it cannot have this result in this state. */
        @Nullable
        String step(String state, String input, @Nullable String result);
    }

    private static final class Event {
        private final int operation;
        private final boolean call;
        private final long at;
        private @Nullable Event match;
        private @Nullable Event before;
        private @Nullable Event after;

        Event(int operation, boolean call, long at) {
            this.operation = operation;
            this.call = call;
            this.at = at;
        }

        Event match() {
            return Objects.requireNonNull(match);
        }

        void remove() {
            Objects.requireNonNull(before).after = after;
            if (after != null) {
                after.before = before;
            }
        }

        void restore() {
            Objects.requireNonNull(before).after = this;
            if (after != null) {
                after.before = this;
            }
        }
    }

    private record Reached(BitSet done, String state) {}

    private record Step(Event call, String stateBefore) {}

    private Linearizability() {}

    /** Whether there is such an order; also true if that could not be decided. */
    public static boolean holds(List<Operation> operations, Model model) {
        Event head = events(operations);
        Set<Reached> reached = new HashSet<>();
        List<Step> steps = new ArrayList<>();
        BitSet done = new BitSet();
        String state = model.initial();
        int known = (int) operations.stream().filter(o -> o.result() != null).count();
        Event event = head.after;
        for (int i = 0; i < MAX_STEPS && known > 0; i++) {
            if (event != null && event.call) {
                Operation operation = operations.get(event.operation);
                String next = model.step(state, operation.input(), operation.result());
                BitSet with = (BitSet) done.clone();
                with.set(event.operation);
                if (next != null && reached.add(new Reached(with, next))) {
                    steps.add(new Step(event, state));
                    state = next;
                    done = with;
                    known -= operation.result() == null ? 0 : 1;
                    event.remove();
                    event.match().remove();
                    event = head.after;
                } else {
                    event = event.after;
                }
            } else if (steps.isEmpty()) {
                return false;
            } else {
                Step last = steps.remove(steps.size() - 1);
                state = last.stateBefore();
                done = (BitSet) done.clone();
                done.clear(last.call().operation);
                known += operations.get(last.call().operation).result() == null ? 0 : 1;
                last.call().match().restore();
                last.call().restore();
                event = last.call().after;
            }
        }
        return true;
    }

    /** Calls and returns in the order of time. */
    private static Event events(List<Operation> operations) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < operations.size(); i++) {
            Operation operation = operations.get(i);
            Event call = new Event(i, true, operation.calledAt());
            call.match = new Event(i, false, operation.result() == null ? NEVER : operation.returnedAt());
            events.add(call);
            events.add(call.match);
        }
        // A call at the very time of a return is concurrent with it.
        events.sort(Comparator.<Event>comparingLong(event -> event.at).thenComparing(event -> !event.call));
        Event head = new Event(-1, false, Long.MIN_VALUE);
        Event last = head;
        for (Event event : events) {
            last.after = event;
            event.before = last;
            last = event;
        }
        return head;
    }
}
