package dev.fanfare.core;

/** What is done about a client that reads more slowly than messages come for it, once its bound is reached. */
public enum SlowConsumerPolicy {
    /** It is disconnected. */
    DISCONNECT,
    /** What comes for it is dropped until there is room again. */
    DROP_NEWEST,
    /** What waits for it longest is dropped. */
    DROP_OLDEST,
    /** Of each group only the latest message waits for it, from the first moment on. */
    KEEP_LATEST
}
