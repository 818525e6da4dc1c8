/** Outbound connections: dials remote servers, reconnects, and hands each socket to a shard. */
@NullMarked
package dev.fanfare.client;

import org.jspecify.annotations.NullMarked;
