/** The broker over the Vert.x event bus, and the registry of a node. */
@NullMarked
package dev.fanfare.broker.bus;

import org.jspecify.annotations.NullMarked;
