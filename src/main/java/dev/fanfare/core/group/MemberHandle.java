package dev.fanfare.core.group;

/**
 * The membership of one member in one group. The member keeps it, so that leaving needs no lookup.
 *
 * @param <M> what the members are
 */
public final class MemberHandle<M> {

    private final Members<M> members;
    private final M member;
    int index;

    MemberHandle(Members<M> members, M member, int index) {
        this.members = members;
        this.member = member;
        this.index = index;
    }

    /** The members of the group. */
    public Members<M> members() {
        return members;
    }

    /** The member. */
    public M member() {
        return member;
    }
}
