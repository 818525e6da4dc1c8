/** Words and rules of the domain that need neither a clock nor a network. */
@NullMarked
package dev.fanfare.core;

import org.jspecify.annotations.NullMarked;
