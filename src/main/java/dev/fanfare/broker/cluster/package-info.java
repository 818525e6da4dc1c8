/** Which nodes there are and where: Hazelcast, behind the one class {@link Cluster}. Nothing else knows it. */
@NullMarked
package dev.fanfare.broker.cluster;

import org.jspecify.annotations.NullMarked;
