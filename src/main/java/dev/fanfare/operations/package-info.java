/**
 * A client for JVM code in the cluster: the operations of the broker, over the event bus. Depends on Vert.x and the table
 * of errors, and on nothing else of the broker.
 */
@NullMarked
package dev.fanfare.operations;

import org.jspecify.annotations.NullMarked;
