/** The entry point, the node that wires everything together, and guests of the cluster. */
@NullMarked
package dev.fanfare;

import org.jspecify.annotations.NullMarked;
