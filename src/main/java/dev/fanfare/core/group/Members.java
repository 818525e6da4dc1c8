package dev.fanfare.core.group;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The members of one group: a dense array, so that a broadcast walks memory in order and joining and leaving cost the
 * same whatever the size. Not thread-safe.
 *
 * <p>To walk it while members leave, count the index down from {@code size() - 1}: the one who leaves is replaced by one
 * who was visited already.
 *
 * @param <M> what the members are
 */
public final class Members<M> {

    private final String hub;
    private final String name;
    private @Nullable Membership<M>[] array;
    private int size;

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type has no other way
    Members(String hub, String name) {
        this.hub = hub;
        this.name = name;
        this.array = new Membership[2];
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
        Membership<M> membership = array[index];
        if (membership == null) {
            throw new IndexOutOfBoundsException("index=" + index + " size=" + size);
        }
        return membership.member();
    }

    Membership<M> add(M member) {
        if (size == array.length) {
            array = Arrays.copyOf(array, size * 2);
        }
        Membership<M> membership = new Membership<>(this, member, size);
        array[size++] = membership;
        return membership;
    }

    void remove(Membership<M> membership) {
        int index = membership.index;
        if (index < 0 || index >= size || array[index] != membership) {
            throw new IllegalStateException("not a member: group=" + name + " index=" + index);
        }
        Membership<M> last = array[--size];
        array[size] = null;
        if (last != null && last != membership) {
            array[index] = last;
            last.index = index;
        }
        membership.index = -1;
        if (array.length > 16 && size < array.length / 4) {
            array = Arrays.copyOf(array, array.length / 2);
        }
    }
}
