/** The interface to the cluster: publish, subscribe, ask and claim. */
@NullMarked
package dev.fanfare.broker;

import org.jspecify.annotations.NullMarked;
