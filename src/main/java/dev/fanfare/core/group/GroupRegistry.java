package dev.fanfare.core.group;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one shard and their members. Independent of sockets and addresses. A group exists while it has members.
 * Not thread-safe.
 *
 * @param <M> what the members are
 */
public final class GroupRegistry<M> {

    private final Map<String, Map<String, Members<M>>> hubs = new HashMap<>();
    private int groups;

    /**
     * Adds a member, which must not be in the group already. It is the first one if {@code members().size()} is 1
     * afterwards.
     */
    public MemberHandle<M> add(String hub, String name, M member) {
        Map<String, Members<M>> names = hubs.computeIfAbsent(hub, h -> new HashMap<>());
        Members<M> members = names.get(name);
        if (members == null) {
            members = new Members<>(hub, name);
            names.put(name, members);
            groups++;
        }
        return members.add(member);
    }

    /** Removes a member; returns whether it was the last one. */
    public boolean remove(MemberHandle<M> memberHandle) {
        Members<M> members = memberHandle.members();
        members.remove(memberHandle);
        if (members.size() > 0) {
            return false;
        }
        Map<String, Members<M>> names = hubs.get(members.hub());
        if (names != null) {
            names.remove(members.name());
            if (names.isEmpty()) {
                hubs.remove(members.hub());
            }
        }
        groups--;
        return true;
    }

    /** The members of a group, or null if it has none. */
    public @Nullable Members<M> find(String hub, String name) {
        Map<String, Members<M>> names = hubs.get(hub);
        return names == null ? null : names.get(name);
    }

    /** How many groups have members. */
    public int size() {
        return groups;
    }
}
