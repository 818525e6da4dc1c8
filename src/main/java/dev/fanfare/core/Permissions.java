package dev.fanfare.core;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one connection may do: the roles of its token, overridden by rules that servers set for single groups. Not
 * thread-safe; used on its connection's event loop.
 */
public final class Permissions {

    /** The most groups that can have a rule of their own for one permission. */
    public static final int MAX_RULES = 1000;

    private Roles roles;

    /** Per permission and group: whether it was granted or revoked; null until the first rule, as on most connections. */
    private @Nullable Map<Permission, Map<String, Boolean>> rules;

    /** @param roles as in the token; those without a meaning for groups are ignored */
    public Permissions(Collection<String> roles) {
        this.roles = Roles.of(roles);
    }

    /** Whether the connection may do this to this group. */
    public boolean permits(Permission permission, String group) {
        Boolean rule = rule(permission, group);
        return rule == null ? roles.permit(permission, group) : rule;
    }

    /**
     * Permits one group, regardless of roles.
     *
     * @return false, without a change, if {@link #MAX_RULES} other groups have a rule already; the answer to that is
     *     {@link ErrorCode#CONFLICT}
     */
    public boolean grant(Permission permission, String group) {
        return rule(permission, group, true);
    }

    /**
     * Forbids one group, regardless of roles, until it is granted again.
     *
     * @return as {@link #grant}
     */
    public boolean revoke(Permission permission, String group) {
        return rule(permission, group, false);
    }

    /** The effective roles, as in the token. */
    public List<String> roles() {
        return roles.names();
    }

    /** The rules of single groups: for each permission and group whether it is permitted. */
    public Map<Permission, Map<String, Boolean>> rules() {
        return rules == null ? Map.of() : Collections.unmodifiableMap(rules);
    }

    /** Replaces the roles by those of a new token; the rules of single groups stay. */
    public void replaceRoles(Collection<String> newRoles) {
        roles = Roles.of(newRoles);
    }

    private @Nullable Boolean rule(Permission permission, String group) {
        Map<String, Boolean> ofPermission = rules == null ? null : rules.get(permission);
        return ofPermission == null ? null : ofPermission.get(group);
    }

    private boolean rule(Permission permission, String group, boolean permitted) {
        if (rules == null) {
            rules = new EnumMap<>(Permission.class);
        }
        Map<String, Boolean> ofPermission = rules.computeIfAbsent(permission, ignored -> new HashMap<>());
        if (ofPermission.size() >= MAX_RULES && !ofPermission.containsKey(group)) {
            return false;
        }
        ofPermission.put(group, permitted);
        return true;
    }
}
