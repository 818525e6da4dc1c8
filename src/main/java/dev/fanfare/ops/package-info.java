/** Metrics, health, and the management port. */
@NullMarked
package dev.fanfare.ops;

import org.jspecify.annotations.NullMarked;
