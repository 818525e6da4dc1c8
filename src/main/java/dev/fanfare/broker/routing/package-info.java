/** Routing: which node subscribes to which slots, and what is in flight to it. */
@NullMarked
package dev.fanfare.broker.routing;

import org.jspecify.annotations.NullMarked;
