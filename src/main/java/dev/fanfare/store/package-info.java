/** The store: state that outlives a connection, and with some engines a process or a node. */
@NullMarked
package dev.fanfare.store;

import org.jspecify.annotations.NullMarked;
