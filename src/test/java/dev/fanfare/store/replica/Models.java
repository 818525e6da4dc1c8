package dev.fanfare.store.replica;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sequential models of the objects of a {@link TextMachine}, whose values are all different. */
public final class Models {

    private Models() {}

    /** A log; results carry an epoch, which is the same in all of them or the history is refused. */
    public static Linearizability.Model log() {
        return new Linearizability.Model() {
            @Override
            public String initial() {
                return "";
            }

            @Override
            public @Nullable String step(String state, String input, @Nullable String result) {
                String[] in = input.split(" ");
                if (in[0].equals("log")) {
                    String[] out = result == null ? new String[0] : result.split(" ");
                    return result == null || state.equals(out.length > 2 ? out[2] : "") ? state : null;
                }
                String next = state.isEmpty() ? in[2] : state + ',' + in[2];
                boolean right = result == null || result.endsWith(" " + next.split(",").length);
                return right ? next : null;
            }
        };
    }

    /** A key. Its state is the value, its version (-1 if no result tells it) and whether it may expire. */
    public static Linearizability.Model key(List<Linearizability.Operation> history) {
        Map<String, Long> versions = new HashMap<>();
        for (Linearizability.Operation operation : history) {
            String[] in = operation.input().split(" ");
            String[] out = operation.result() == null
                    ? new String[] {""}
                    : operation.result().split(" ");
            if (out[0].equals("stored")) {
                versions.put(in[2], Long.parseLong(out[1]));
            } else if (out[0].equals("value")) {
                versions.put(out[1], Long.parseLong(out[2]));
            }
        }
        return new Key(versions);
    }

    private static final class Key implements Linearizability.Model {

        private static final String ABSENT = "- 0 0";

        private final Map<String, Long> versions;

        Key(Map<String, Long> versions) {
            this.versions = versions;
        }

        @Override
        public String initial() {
            return ABSENT;
        }

        @Override
        public @Nullable String step(String state, String input, @Nullable String result) {
            String next = stepAlive(state, input, result);
            String[] in = input.split(" ");
            boolean mayHaveExpired = state.endsWith(" 1");
            if (mayHaveExpired && result == null && versions.containsKey(in[in.length > 2 ? 2 : 1])) {
                // Its value was seen later: it has taken effect, if need be when the former one had expired.
                return state.equals(next) ? stepAlive(ABSENT, input, null) : next;
            }
            // What may expire has, if that explains the result.
            return next == null && mayHaveExpired ? stepAlive(ABSENT, input, result) : next;
        }

        private @Nullable String stepAlive(String state, String input, @Nullable String result) {
            String[] was = state.split(" ");
            long version = Long.parseLong(was[1]);
            String[] in = input.split(" ");
            if (in[0].equals("get")) {
                if (result == null) {
                    return state;
                }
                String[] out = result.split(" ");
                boolean right = out[0].equals("absent")
                        ? state.equals(ABSENT)
                        : out[1].equals(was[0]) && Long.parseLong(out[2]) == version;
                return right ? state : null;
            }
            long expected = Long.parseLong(in[3]);
            if (result != null && result.startsWith("mismatch")) {
                long current = Long.parseLong(result.split(" ")[1]);
                boolean right = expected >= 0 && expected != current && (version < 0 || version == current);
                return right ? was[0] + ' ' + current + ' ' + was[2] : null;
            }
            boolean told = version >= 0 || result == null;
            if (expected >= 0 && expected != version && told) {
                return result == null ? state : null;
            }
            long given = versions.getOrDefault(in[2], -1L);
            if (given >= 0 && given <= version) {
                return null;
            }
            return in[2] + ' ' + given + ' ' + (in[4].equals("0") ? 0 : 1);
        }
    }
}
