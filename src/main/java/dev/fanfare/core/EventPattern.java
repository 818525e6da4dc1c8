package dev.fanfare.core;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Selects user events: {@code *} for all, or names separated by commas, case-insensitive; empty for none. Immutable.
 */
public final class EventPattern {

    private static final String ALL = "*";
    private static final Names NAMES =
            new Names(Names.DEFAULT.hubLength(), Names.DEFAULT.groupLength(), 1024, Names.DEFAULT.userIdLength());

    private final Set<String> names;

    private EventPattern(Set<String> names) {
        this.names = names;
    }

    /** Parses a pattern; null if one of its names is not a valid event name. */
    public static @Nullable EventPattern parse(String text) {
        Set<String> names = Arrays.stream(text.isBlank() ? new String[0] : text.split(",", -1))
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        boolean valid = names.stream().allMatch(name -> name.equals(ALL) || isOfUserEvent(name));
        return valid ? new EventPattern(names) : null;
    }

    private static boolean isOfUserEvent(String name) {
        return NAMES.eventProblem(name) == null && !Names.isSystemEvent(name);
    }

    /** Whether the event is selected. */
    public boolean matches(String event) {
        return names.contains(ALL) || names.contains(event.toLowerCase(Locale.ROOT));
    }
}
