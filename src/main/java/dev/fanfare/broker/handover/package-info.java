/** Session handovers between shards and between nodes. */
@NullMarked
package dev.fanfare.broker.handover;

import org.jspecify.annotations.NullMarked;
