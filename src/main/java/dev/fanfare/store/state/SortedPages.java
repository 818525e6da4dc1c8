package dev.fanfare.store.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Items in the order of their names, in pages of at most {@value #CAPACITY}: a reference per item, and neither an object of
 * its own nor an index of expiry times for each. {@link #freeze} costs a reference per page; a page that is frozen is
 * copied before it is changed, so another thread may iterate over what was frozen. Otherwise not thread-safe.
 */
final class SortedPages<T> {

    /** Items of a page. */
    static final int CAPACITY = 64;

    private static final int FIRST_CAPACITY = 4;

    /** What a table must know of its items. */
    interface ItemKind<T> {

        /** Compares the name of an item with a name, as unsigned bytes. */
        int compare(T item, byte[] name);

        /** The name of an item. */
        byte[] name(T item);

        /** When something of the item expires; {@link Long#MAX_VALUE} if nothing ever does. */
        long due(T item);
    }

    private static final class ItemPage {

        Object[] items;
        int size;
        long generation;

        /** Nothing of the items is due before. It may be earlier than necessary. */
        long due = Long.MAX_VALUE;

        ItemPage(int capacity, long generation) {
            this.items = new Object[capacity];
            this.generation = generation;
        }
    }

    private final ItemKind<T> kind;
    private final List<ItemPage> pages = new ArrayList<>();
    private int size;
    private long generation;
    private long due = Long.MAX_VALUE;

    SortedPages(ItemKind<T> kind) {
        this.kind = kind;
    }

    int size() {
        return size;
    }

    /** Changes with every {@link #freeze}: an item that has been there before must not be changed. */
    long generation() {
        return generation;
    }

    /** Nothing is due before this time. It may be earlier than necessary. */
    long due() {
        return due;
    }

    @Nullable
    T get(byte[] name) {
        int page = pageOf(name);
        if (page < 0) {
            return null;
        }
        int index = search(pages.get(page), name);
        return index < 0 ? null : item(pages.get(page), index);
    }

    /** Adds an item, or replaces the one with its name. */
    void put(T item) {
        byte[] name = kind.name(item);
        int number = Math.max(0, pageOf(name));
        if (pages.isEmpty()) {
            pages.add(new ItemPage(FIRST_CAPACITY, generation));
        }
        ItemPage page = own(number);
        int index = search(page, name);
        if (index >= 0) {
            page.items[index] = item;
        } else {
            page = insert(number, page, -index - 1, item);
            size++;
        }
        long itemDue = kind.due(item);
        page.due = Math.min(page.due, itemDue);
        due = Math.min(due, itemDue);
    }

    void remove(byte[] name) {
        int number = pageOf(name);
        int index = number < 0 ? -1 : search(pages.get(number), name);
        if (index < 0) {
            return;
        }
        ItemPage page = own(number);
        System.arraycopy(page.items, index + 1, page.items, index, page.size - index - 1);
        page.items[--page.size] = null;
        size--;
        if (page.size == 0) {
            pages.remove(number);
        } else if (page.size <= CAPACITY / 4) {
            merge(number);
        }
    }

    /** Visits items from a name on, until the visitor returns false. The visitor must not change anything. */
    void scan(byte[] from, Predicate<T> visitor) {
        int number = Math.max(0, pageOf(from));
        for (int i = number; i < pages.size(); i++) {
            ItemPage page = pages.get(i);
            int first = i == number ? search(page, from) : 0;
            for (int index = first < 0 ? -first - 1 : first; index < page.size; index++) {
                if (!visitor.test(item(page, index))) {
                    return;
                }
            }
        }
    }

    /** At most so many items that are due, in order. The caller removes them, or puts them with a later time. */
    List<T> takeDue(long now, int max) {
        List<T> taken = new ArrayList<>();
        long next = Long.MAX_VALUE;
        for (int i = 0; i < pages.size(); i++) {
            ItemPage page = pages.get(i);
            if (page.due <= now && taken.size() < max) {
                page.due = takeDue(page, now, max, taken);
            }
            next = Math.min(next, page.due);
        }
        due = next;
        return taken;
    }

    private long takeDue(ItemPage page, long now, int max, List<T> taken) {
        long next = Long.MAX_VALUE;
        for (int index = 0; index < page.size; index++) {
            T item = item(page, index);
            long itemDue = kind.due(item);
            if (itemDue <= now && taken.size() < max) {
                taken.add(item);
            } else {
                next = Math.min(next, itemDue);
            }
        }
        return next;
    }

    /** Everything that is there now, in order. Later changes do not affect it; any one thread may iterate. */
    Iterator<T> freeze() {
        generation++;
        return new Frozen(pages.toArray(new ItemPage[0]));
    }

    private final class Frozen implements Iterator<T> {

        private final @Nullable ItemPage[] frozen;
        private int number;
        private int index;

        Frozen(ItemPage[] frozen) {
            this.frozen = frozen;
        }

        @Override
        public boolean hasNext() {
            return number < frozen.length;
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            ItemPage page = frozen[number];
            T item = item(page, index++);
            if (index == page.size) {
                frozen[number++] = null;
                index = 0;
            }
            return item;
        }
    }

    private ItemPage insert(int number, ItemPage page, int index, T item) {
        if (page.size == CAPACITY) {
            return insertIntoFull(number, page, index, item);
        }
        if (page.size == page.items.length) {
            page.items = Arrays.copyOf(page.items, Math.min(CAPACITY, page.items.length * 2));
        }
        System.arraycopy(page.items, index, page.items, index + 1, page.size - index);
        page.items[index] = item;
        page.size++;
        return page;
    }

    private ItemPage insertIntoFull(int number, ItemPage page, int index, T item) {
        // names that arrive in order leave full pages behind
        int keep = index == CAPACITY ? CAPACITY : CAPACITY / 2;
        ItemPage right = new ItemPage(CAPACITY, generation);
        right.size = CAPACITY - keep;
        right.due = right.size == 0 ? Long.MAX_VALUE : page.due;
        System.arraycopy(page.items, keep, right.items, 0, right.size);
        Arrays.fill(page.items, keep, CAPACITY, null);
        page.size = keep;
        pages.add(number + 1, right);
        return index < keep ? insert(number, page, index, item) : insert(number + 1, right, index - keep, item);
    }

    private void merge(int number) {
        int left = number + 1 < pages.size() ? number : number - 1;
        if (left < 0 || pages.get(left).size + pages.get(left + 1).size > CAPACITY / 2) {
            return;
        }
        ItemPage page = own(left);
        ItemPage right = pages.remove(left + 1);
        page.items = Arrays.copyOf(page.items, CAPACITY);
        System.arraycopy(right.items, 0, page.items, page.size, right.size);
        page.size += right.size;
        page.due = Math.min(page.due, right.due);
    }

    /** The page, copied if it is frozen. */
    private ItemPage own(int number) {
        ItemPage page = pages.get(number);
        if (page.generation != generation) {
            ItemPage copy = new ItemPage(0, generation);
            copy.items = page.items.clone();
            copy.size = page.size;
            copy.due = page.due;
            pages.set(number, copy);
            return copy;
        }
        return page;
    }

    /** The last page whose first name is not greater; -1 if there is none. */
    private int pageOf(byte[] name) {
        int low = 0;
        int high = pages.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (kind.compare(item(pages.get(middle), 0), name) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The index of a name, or {@code -(where it belongs) - 1}. */
    private int search(ItemPage page, byte[] name) {
        int low = 0;
        int high = page.size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = kind.compare(item(page, middle), name);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }

    @SuppressWarnings("unchecked")
    private T item(ItemPage page, int index) {
        return (T) page.items[index];
    }
}
