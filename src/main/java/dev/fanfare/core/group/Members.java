package dev.fanfare.core.group;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The members of one group: a dense array, so that a broadcast walks memory in order, and joining and leaving take
 * constant time. What only leaving needs is kept apart. Not thread-safe.
 *
 * <p>To iterate while members leave, count the index down from {@code size() - 1}: a member that leaves is replaced by
 * one that was visited already.
 *
 * @param <M> what the members are
 */
public final class Members<M> {

    private final String hub;
    private final String name;
    private @Nullable M[] array;
    private @Nullable MemberHandle<M>[] handles;
    private int size;

    /** An empty group; {@link GroupRegistry} makes those that are registered. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // a generic array cannot be made otherwise
    public Members(String hub, String name) {
        this.hub = hub;
        this.name = name;
        this.array = (M[]) new Object[2];
        this.handles = new MemberHandle[2];
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

    /** Adds a member, which must not be in the group already. */
    public MemberHandle<M> add(M member) {
        if (size == array.length) {
            resize(size * 2);
        }
        MemberHandle<M> memberHandle = new MemberHandle<>(this, member, size);
        put(size++, memberHandle);
        return memberHandle;
    }

    /** Removes a member; the last one takes its place. */
    public void remove(MemberHandle<M> memberHandle) {
        int index = memberHandle.index;
        if (index < 0 || index >= size || handles[index] != memberHandle) {
            throw new IllegalStateException("not a member: group=" + name + " index=" + index);
        }
        MemberHandle<M> last = handles[--size];
        if (last != null && last != memberHandle) {
            put(index, last);
        }
        array[size] = null;
        handles[size] = null;
        memberHandle.index = -1;
        if (array.length > 16 && size < array.length / 4) {
            resize(array.length / 2);
        }
    }

    private void put(int index, MemberHandle<M> memberHandle) {
        array[index] = memberHandle.member();
        handles[index] = memberHandle;
        memberHandle.index = index;
    }

    private void resize(int capacity) {
        array = Arrays.copyOf(array, capacity);
        handles = Arrays.copyOf(handles, capacity);
    }
}
