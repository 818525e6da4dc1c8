package dev.fanfare.core.group;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The members of one group: a dense array, so that a broadcast walks memory in order and joining and leaving cost the
 * same whatever the size. What only leaving needs stands apart. Not thread-safe.
 *
 * <p>To walk it while members leave, count the index down from {@code size() - 1}: the one who leaves is replaced by one
 * who was visited already.
 *
 * @param <M> what the members are
 */
public final class Members<M> {

    private final String hub;
    private final String name;
    private @Nullable M[] array;
    private @Nullable Membership<M>[] memberships;
    private int size;

    /** A group without members; {@link GroupRegistry} makes those that have a place in one. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type has no other way
    public Members(String hub, String name) {
        this.hub = hub;
        this.name = name;
        this.array = (M[]) new Object[2];
        this.memberships = new Membership[2];
    }

    public String hub() {
        return hub;
    }

    public String name() {
        return name;
    }

    public int size() {
        return size;
    }

    /** The member at {@code 0 <= index < size()}. */
    public M get(int index) {
        M member = array[index];
        if (member == null) {
            throw new IndexOutOfBoundsException("index=" + index + " size=" + size);
        }
        return member;
    }

    /** Adds a member, who must not be one already. */
    public Membership<M> add(M member) {
        if (size == array.length) {
            resize(size * 2);
        }
        Membership<M> membership = new Membership<>(this, member, size);
        put(size++, membership);
        return membership;
    }

    /** Removes a member; the last one takes its place. */
    public void remove(Membership<M> membership) {
        int index = membership.index;
        if (index < 0 || index >= size || memberships[index] != membership) {
            throw new IllegalStateException("not a member: group=" + name + " index=" + index);
        }
        Membership<M> last = memberships[--size];
        if (last != null && last != membership) {
            put(index, last);
        }
        array[size] = null;
        memberships[size] = null;
        membership.index = -1;
        if (array.length > 16 && size < array.length / 4) {
            resize(array.length / 2);
        }
    }

    private void put(int index, Membership<M> membership) {
        array[index] = membership.member();
        memberships[index] = membership;
        membership.index = index;
    }

    private void resize(int capacity) {
        array = Arrays.copyOf(array, capacity);
        memberships = Arrays.copyOf(memberships, capacity);
    }
}
