package dev.fanfare.store.replica;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** The elements of several iterators, one after the other. None of them is asked before those in front of it are through. */
final class JoinedIterator<T> implements Iterator<T> {

    private final Iterator<Iterator<T>> rest;
    private Iterator<T> current;

    JoinedIterator(List<Iterator<T>> parts) {
        rest = parts.iterator();
        current = List.<T>of().iterator();
    }

    @Override
    public boolean hasNext() {
        while (!current.hasNext() && rest.hasNext()) {
            current = rest.next();
        }
        return current.hasNext();
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return current.next();
    }
}
