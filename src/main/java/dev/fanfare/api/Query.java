package dev.fanfare.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The decoded query of a request. Names are compared without case; unknown ones are ignored. */
final class Query {

    /** The parameter that every route has. */
    static final String API_VERSION = "api-version";

    // A tree, since a stranger could choose names that collide in a hash table.
    private final Map<String, List<String>> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    private final Set<String> declared;

    private Query(Set<String> declared) {
        this.declared = declared;
    }

    /**
     * @param raw what follows the question mark, null for nothing
     * @param declared what may be asked for, so that nothing is read that the table of routes does not name
     */
    static Query parse(@Nullable String raw, Set<String> declared) {
        Query query = new Query(declared);
        if (raw != null) {
            for (String pair : raw.split("&")) {
                query.add(pair);
            }
        }
        return query;
    }

    /**
     * @param values by name, already decoded
     * @param declared as above
     */
    static Query of(Map<String, List<String>> values, Set<String> declared) {
        Query query = new Query(declared);
        query.values.putAll(values);
        return query;
    }

    private void add(String pair) {
        int equals = pair.indexOf('=');
        String name = PercentEncoding.query(equals < 0 ? pair : pair.substring(0, equals));
        String value = equals < 0 ? "" : PercentEncoding.query(pair.substring(equals + 1));
        values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
    }

    /** Whether a parameter may be asked for. */
    boolean declares(String name) {
        return declared.contains(name) || name.equals(API_VERSION);
    }

    /** All values of a parameter that may be repeated. */
    List<String> all(String name) {
        if (!declares(name)) {
            throw new IllegalStateException("parameter=" + name + " is not declared");
        }
        return values.getOrDefault(name, List.of());
    }

    /** The value of a parameter that may be given once; null if it is absent or empty. */
    @Nullable
    String one(String name) {
        List<String> all = all(name);
        if (all.size() > 1) {
            throw Refusal.badRequest(name, name + ": is given " + all.size() + " times; once is allowed");
        }
        return all.isEmpty() || all.get(0).isEmpty() ? null : all.get(0);
    }

    /** A condition; false if it is absent. */
    boolean flag(String name) {
        String text = one(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.equals("true")) {
            return true;
        }
        throw Refusal.badRequest(name, name + ": true or false is needed");
    }

    /** A whole number from {@code min} to {@code max}. */
    int integer(String name, int min, int max, int otherwise) {
        String text = one(name);
        if (text == null) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // is refused like a number out of range
        }
        throw Refusal.badRequest(name, name + ": a whole number from " + min + " to " + max + " is needed");
    }
}
