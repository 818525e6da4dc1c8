/** Messages and the wire formats that carry them. */
@NullMarked
package dev.fanfare.core.protocol;

import org.jspecify.annotations.NullMarked;
