/** The store that is replicated on the nodes of a cluster: {@code store.replica} on an event loop and the event bus. */
@NullMarked
package dev.fanfare.store.cluster;

import org.jspecify.annotations.NullMarked;
