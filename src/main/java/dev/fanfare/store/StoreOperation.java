package dev.fanfare.store;

/** The kinds of operations, as metrics count them. */
public enum StoreOperation {
    GET,
    PUT,
    REMOVE,
    APPEND,
    READ,
    REMOVE_LOG
}
