/** The stores of a single node: in memory, and in files. */
@NullMarked
package dev.fanfare.store.local;

import org.jspecify.annotations.NullMarked;
