package dev.fanfare.core.uri;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The decoded parameters of a query: any number of pairs, separated by {@code &} only. Names are case-insensitive.
 * Immutable.
 */
public final class QueryParameters {

    /** No parameters. */
    public static final QueryParameters NONE = new QueryParameters(Map.of());

    /** By name as it was spelled, in order. */
    private final Map<String, List<String>> spelled;

    private final Map<String, List<String>> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    private QueryParameters(Map<String, List<String>> spelled) {
        this.spelled = spelled;
        spelled.forEach((name, given) ->
                values.computeIfAbsent(name, first -> new ArrayList<>()).addAll(given));
    }

    /**
     * Reads a query.
     *
     * @param raw what follows the question mark, null for nothing
     */
    public static QueryParameters parse(@Nullable String raw) throws MalformedUri {
        if (raw == null) {
            return NONE;
        }
        Map<String, List<String>> spelled = new LinkedHashMap<>();
        for (String pair : raw.split("&")) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = PercentEncoding.query(equals < 0 ? pair : pair.substring(0, equals));
                String value = equals < 0 ? "" : PercentEncoding.query(pair.substring(equals + 1));
                spelled.computeIfAbsent(name, first -> new ArrayList<>(1)).add(value);
            }
        }
        return new QueryParameters(spelled);
    }

    /** Parameters that are decoded already. */
    public static QueryParameters of(Map<String, List<String>> decoded) {
        return new QueryParameters(decoded);
    }

    /** All values of a parameter in their order. */
    public List<String> all(String name) {
        return Collections.unmodifiableList(values.getOrDefault(name, List.of()));
    }

    /** The first value of a parameter, null if there is none. */
    public @Nullable String first(String name) {
        List<String> all = all(name);
        return all.isEmpty() ? null : all.get(0);
    }

    /** The last value of a parameter, null if there is none. */
    public @Nullable String last(String name) {
        List<String> all = all(name);
        return all.isEmpty() ? null : all.get(all.size() - 1);
    }

    /** All values by name, each name as it was spelled, in the order in which they came. */
    public Map<String, List<String>> asSpelled() {
        return Collections.unmodifiableMap(spelled);
    }

    /** Names only: values may be secrets. */
    @Override
    public String toString() {
        return "QueryParameters" + spelled.keySet();
    }
}
