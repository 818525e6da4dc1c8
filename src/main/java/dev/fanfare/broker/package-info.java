/** The seam to the cluster: publish, subscribe and ask. */
@NullMarked
package dev.fanfare.broker;

import org.jspecify.annotations.NullMarked;
