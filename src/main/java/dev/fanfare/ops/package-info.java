/** Watching a node: metrics, health, the management port. */
@NullMarked
package dev.fanfare.ops;

import org.jspecify.annotations.NullMarked;
