/**
 * Measures a broker from outside: a lean WebSocket driver, its counts, and whether they are valid. Depends on nothing of
 * the broker but its protocols.
 */
@NullMarked
package dev.fanfare.bench;

import org.jspecify.annotations.NullMarked;
