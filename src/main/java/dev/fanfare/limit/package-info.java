/**
 * Limits that connections share: of a user, of an address, of a hub, and of the calls of a key. They count what happens on this
 * node.
 */
@NullMarked
package dev.fanfare.limit;

import org.jspecify.annotations.NullMarked;
