package dev.fanfare.config;

/** A section whose values must be consistent with one another, or with their environment. */
interface Validated {

    /** Reports the problems of this section, whose values have their types and ranges already. */
    void check(ConfigProblems configProblems);
}
