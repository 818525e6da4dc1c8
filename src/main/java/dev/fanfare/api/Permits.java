package dev.fanfare.api;

/** A bounded number of something that may be underway at once. Belongs to one event loop. */
final class Permits {

    private int left;

    Permits(int count) {
        left = count;
    }

    /** Takes a place, if there is one. */
    boolean take() {
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }

    /** Gives a place back. */
    void give() {
        left++;
    }
}
