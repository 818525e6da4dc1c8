/** Registered consumers, and the seats of clients and users that may have a limited number of connections. */
@NullMarked
package dev.fanfare.consumer;

import org.jspecify.annotations.NullMarked;
