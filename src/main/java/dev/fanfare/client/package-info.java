/** Outbound connections: dials remote servers, again if need be, and hands the socket to a shard. */
@NullMarked
package dev.fanfare.client;

import org.jspecify.annotations.NullMarked;
