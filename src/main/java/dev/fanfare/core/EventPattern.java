package dev.fanfare.core;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which user events are meant: {@code *} for all, or names separated by commas, compared without case; empty for none.
 * Immutable.
 */
public final class EventPattern {

    private static final String ALL = "*";
    private static final Names NAMES =
            new Names(Names.DEFAULT.hubLength(), Names.DEFAULT.groupLength(), 1024, Names.DEFAULT.userIdLength());

    private final Set<String> names;

    private EventPattern(Set<String> names) {
        this.names = names;
    }

    /** The pattern, or null if one of its names cannot be that of an event. */
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

    /** Whether this event is meant. */
    public boolean matches(String event) {
        return names.contains(ALL) || names.contains(event.toLowerCase(Locale.ROOT));
    }
}
