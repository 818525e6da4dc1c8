/**
 * A client for JVM code in the cluster: what servers ask of the broker, over the event bus. Knows Vert.x and the table of
 * errors, and nothing else of the broker.
 */
@NullMarked
package dev.fanfare.operations;

import org.jspecify.annotations.NullMarked;
