package dev.fanfare.api;

/** Bounds how many of something are in progress at a time. Used on one event loop. */
final class Permits {

    private int left;

    Permits(int count) {
        left = count;
    }

    /** Takes a permit, if there is one. */
    boolean take() {
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }

    /** Returns a permit. */
    void give() {
        left++;
    }
}
