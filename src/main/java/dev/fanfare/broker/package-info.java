/** The seam to the cluster: publish, subscribe and ask, over the event bus. */
@NullMarked
package dev.fanfare.broker;

import org.jspecify.annotations.NullMarked;
