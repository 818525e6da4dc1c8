/** How sessions move from shard to shard and from node to node. */
@NullMarked
package dev.fanfare.broker.handover;

import org.jspecify.annotations.NullMarked;
