/** The commands of the broker: what the operator types, and how a node starts and stops. */
@NullMarked
package dev.fanfare;

import org.jspecify.annotations.NullMarked;
