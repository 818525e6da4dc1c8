package dev.fanfare.cli;

import dev.fanfare.config.Suggestions;
import dev.fanfare.core.Permission;
import dev.fanfare.core.Permissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Warns about a role that grants nothing. Such roles are allowed, since other services may use them. */
final class RoleHint {

    private static final String PREFIX = "webpubsub.";

    /** The prefixes of all roles, which the name or the pattern of a group follows. */
    private static final List<String> KNOWN = Stream.of(Permission.values())
            .map(permission -> PREFIX + permission.wireName())
            .flatMap(role -> Stream.of(role, role + "s"))
            .toList();

    private RoleHint() {}

    /** The warning, or none if the role grants something. */
    static Optional<String> of(String role) {
        if (!new Permissions(List.of(role)).roles().isEmpty()) {
            return Optional.empty();
        }
        String warning = "Warning: the role '" + role + "' grants nothing";
        return Optional.of(nearest(role)
                .map(meant -> warning + "; did you mean " + meant + "?")
                .orElse(warning + "; roles are " + PREFIX + "joinLeaveGroup and " + PREFIX
                        + "sendToGroup, perhaps with .GROUP behind, or such as " + PREFIX + "sendToGroups.prices.*"));
    }

    /** The most similar role that grants something, for the same group. */
    private static Optional<String> nearest(String role) {
        String whole = role.regionMatches(true, 0, PREFIX, 0, PREFIX.length()) ? role : PREFIX + role;
        int end = whole.indexOf('.', PREFIX.length());
        String group = end < 0 ? "" : whole.substring(end + 1);
        return Suggestions.to(end < 0 ? whole : whole.substring(0, end), KNOWN)
                .map(known -> group.isBlank() ? known.replaceFirst("s$", "") : known + "." + group)
                .filter(meant -> !meant.equals(role)
                        && !new Permissions(List.of(meant)).roles().isEmpty());
    }
}
