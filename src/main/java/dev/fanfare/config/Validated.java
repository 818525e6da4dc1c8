package dev.fanfare.config;

/** A section whose values must fit one another, or the world outside. */
interface Validated {

    /** Reports what is wrong with this section, each value of which already has its type and range. */
    void check(ConfigProblems configProblems);
}
