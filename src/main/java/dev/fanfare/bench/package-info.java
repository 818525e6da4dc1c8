/**
 * Measures a broker from outside: a lean WebSocket driver, what it counts, and whether that can be believed. Knows nothing
 * of the broker but its protocols.
 */
@NullMarked
package dev.fanfare.bench;

import org.jspecify.annotations.NullMarked;
