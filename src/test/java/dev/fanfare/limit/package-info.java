/** Limits with a clock that the test advances. */
@NullMarked
package dev.fanfare.limit;

import org.jspecify.annotations.NullMarked;
