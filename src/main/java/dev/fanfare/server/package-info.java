/** Inbound connections: listens, authenticates, upgrades, and passes the socket to a shard. */
@NullMarked
package dev.fanfare.server;

import org.jspecify.annotations.NullMarked;
