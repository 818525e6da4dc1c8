/**
 * JVM code that is a member of the cluster without being a node. Part of {@code fanfare-client.jar}, like the packages that
 * it depends on.
 */
@NullMarked
package dev.fanfare.guest;

import org.jspecify.annotations.NullMarked;
