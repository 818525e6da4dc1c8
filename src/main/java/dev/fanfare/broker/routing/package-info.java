/** Routing: which node subscribes to which addresses, and what is in flight to it. */
@NullMarked
package dev.fanfare.broker.routing;

import org.jspecify.annotations.NullMarked;
