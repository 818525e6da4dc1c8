package dev.fanfare.broker;

import org.jspecify.annotations.Nullable;

/**
 * What travels on the bus to subscribers.
 *
 * @param publication what was published
 * @param counted the local registration that counts it as in flight; null when it came from another node, or when nobody
 *     here listens
 */
record Envelope(Publication publication, @Nullable Registration counted) {}
