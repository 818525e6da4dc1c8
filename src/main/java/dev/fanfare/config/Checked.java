package dev.fanfare.config;

/** A section whose values must fit one another, or the world outside. */
interface Checked {

    /** Reports what is wrong with this section, each value of which already has its type and range. */
    void check(Problems problems);
}
