package dev.fanfare.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parsed roles of a token: {@code webpubsub.sendToGroup} for any group, {@code webpubsub.sendToGroup.NAME} for one,
 * {@code webpubsub.sendToGroups.PATTERN} for a {@link GroupPattern}; likewise {@code joinLeaveGroup}. Other roles are
 * ignored. Immutable.
 */
final class Roles {

    static final Roles NONE = new Roles();

    private static final String PREFIX = "webpubsub.";

    private final Map<Permission, Scope> scopes = new EnumMap<>(Permission.class);

    private Roles() {}

    static Roles of(Collection<String> names) {
        if (names.isEmpty()) {
            return NONE;
        }
        Roles roles = new Roles();
        for (String name : names) {
            if (name.startsWith(PREFIX)) {
                roles.add(name);
            }
        }
        return roles;
    }

    /** The roles it was made from, without ignored ones; in no particular order. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        scopes.forEach((permission, scope) -> {
            String role = PREFIX + permission.wireName();
            if (scope.everything) {
                names.add(role);
            }
            scope.names.forEach(name -> names.add(role + "." + name));
            scope.patterns.forEach(pattern -> names.add(role + "s." + pattern.text()));
        });
        return names;
    }

    boolean permit(Permission permission, String group) {
        Scope scope = scopes.get(permission);
        return scope != null && scope.covers(group);
    }

    private void add(String name) {
        for (Permission permission : Permission.values()) {
            String role = PREFIX + permission.wireName();
            if (name.equals(role)) {
                scope(permission).everything = true;
            } else if (name.startsWith(role + ".")) {
                addGroup(permission, name.substring(role.length() + 1));
            } else if (name.startsWith(role + "s.")) {
                addPattern(permission, name.substring(role.length() + 2));
            }
        }
    }

    private void addGroup(Permission permission, String group) {
        if (!group.isBlank()) { // no group has a blank name
            scope(permission).add(group);
        }
    }

    private void addPattern(Permission permission, String text) {
        GroupPattern pattern = GroupPattern.parse(text);
        if (pattern != null) { // an invalid one grants nothing
            scope(permission).add(pattern);
        }
    }

    private Scope scope(Permission permission) {
        return scopes.computeIfAbsent(permission, ignored -> new Scope());
    }

    /** The groups for which one permission holds. */
    private static final class Scope {
        private boolean everything;
        private Set<String> names = Set.of(); // as in most tokens; each connection keeps one
        private List<GroupPattern> patterns = List.of();

        void add(String name) {
            if (names.isEmpty()) {
                names = new HashSet<>();
            }
            names.add(name);
        }

        void add(GroupPattern pattern) {
            if (patterns.isEmpty()) {
                patterns = new ArrayList<>(1);
            }
            patterns.add(pattern);
        }

        boolean covers(String group) {
            return everything || names.contains(group) || coveredByPattern(group);
        }

        private boolean coveredByPattern(String group) {
            for (GroupPattern pattern : patterns) {
                if (pattern.matches(group)) {
                    return true;
                }
            }
            return false;
        }
    }
}
