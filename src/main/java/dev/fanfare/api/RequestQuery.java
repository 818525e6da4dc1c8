package dev.fanfare.api;

import dev.fanfare.core.uri.MalformedUri;
import dev.fanfare.core.uri.QueryParameters;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The decoded query of a request. Names are compared without case. Unknown ones are ignored, unless the route takes a
 * filter. See {@code src/docs/decisions/0028}.
 */
final class RequestQuery {

    /** The parameter of all routes. */
    static final String API_VERSION = "api-version";

    /** The parameter that selects connections; without it all are selected. */
    static final String FILTER = "filter";

    /** {@code Integer.parseInt} also accepts other digits and a plus sign. */
    private static final Pattern WHOLE_NUMBER = Pattern.compile("-?[0-9]{1,18}");

    private final QueryParameters given;
    private final Set<String> declared;

    private RequestQuery(QueryParameters given, Set<String> declared) {
        this.given = given;
        this.declared = declared;
        if (declared.contains(FILTER)) {
            given.asSpelled().keySet().forEach(this::refuseUnknown);
        }
    }

    /** A misspelt filter would be none, and no filter selects all connections. */
    private void refuseUnknown(String name) {
        if (!name.equalsIgnoreCase(API_VERSION) && declared.stream().noneMatch(name::equalsIgnoreCase)) {
            throw ApiException.badRequest(
                    "query",
                    "query: has an unknown parameter; known are " + String.join(", ", new TreeSet<>(declared)) + " and "
                            + API_VERSION);
        }
    }

    /**
     * @param raw what follows the question mark, null for nothing
     * @param declared the parameters that may be read, so that the table of routes names all of them
     */
    static RequestQuery parse(@Nullable String raw, Set<String> declared) {
        try {
            return new RequestQuery(QueryParameters.parse(raw), declared);
        } catch (MalformedUri malformed) {
            throw ApiException.of(malformed);
        }
    }

    /**
     * @param values by name, already decoded
     * @param declared as above
     */
    static RequestQuery of(Map<String, List<String>> values, Set<String> declared) {
        return new RequestQuery(QueryParameters.of(values), declared);
    }

    /** Whether a parameter may be read. */
    boolean declares(String name) {
        return declared.contains(name) || name.equals(API_VERSION);
    }

    /** All values of a parameter that may be repeated. */
    List<String> all(String name) {
        if (!declares(name)) {
            throw new IllegalStateException("parameter=" + name + " is not declared");
        }
        return given.all(name);
    }

    /** The value of a parameter that may be given once, and must not be empty; null if it is absent. */
    @Nullable
    String one(String name) {
        String value = oneOrEmpty(name);
        if (value != null && value.isEmpty()) {
            throw ApiException.badRequest(name, name + ": is empty; a value is needed, or leave the parameter out");
        }
        return value;
    }

    /** The value of a parameter that may be given once; null if it is absent. */
    @Nullable
    String oneOrEmpty(String name) {
        List<String> all = all(name);
        if (all.size() > 1) {
            throw ApiException.badRequest(name, name + ": is given " + all.size() + " times; once is allowed");
        }
        return all.isEmpty() ? null : all.get(0);
    }

    /** A boolean; false if it is absent. */
    boolean flag(String name) {
        String text = one(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.equals("true")) {
            return true;
        }
        throw ApiException.badRequest(name, name + ": true or false is needed");
    }

    /** A whole number from {@code min} to {@code max}. */
    int integer(String name, int min, int max, int otherwise) {
        String text = one(name);
        if (text == null) {
            return otherwise;
        }
        if (WHOLE_NUMBER.matcher(text).matches()) {
            long value = Long.parseLong(text);
            if (value >= min && value <= max) {
                return (int) value;
            }
        }
        throw ApiException.badRequest(name, name + ": a whole number from " + min + " to " + max + " is needed");
    }
}
