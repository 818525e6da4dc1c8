/** Cluster membership. Hazelcast is used here only, behind {@link Cluster}. */
@NullMarked
package dev.fanfare.broker.cluster;

import org.jspecify.annotations.NullMarked;
