package dev.fanfare.core.group;

/**
 * That a member is in a group. Kept by the member, so that leaving needs no look-up.
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

    /** The members it is one of. */
    public Members<M> members() {
        return members;
    }

    /** Who it is. */
    public M member() {
        return member;
    }
}
