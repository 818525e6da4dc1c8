/** What lives on one event loop, inbound and outbound alike: shards, connections, delivery. */
@NullMarked
package dev.fanfare.shard;

import org.jspecify.annotations.NullMarked;
