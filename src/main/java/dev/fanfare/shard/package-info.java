/** Everything on one event loop: the shard, its inbound and outbound connections, their frames, operations, recovery. */
@NullMarked
package dev.fanfare.shard;

import org.jspecify.annotations.NullMarked;
