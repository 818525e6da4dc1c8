/** Events out: to handlers by HTTP, and to the event bus. */
@NullMarked
package dev.fanfare.event;

import org.jspecify.annotations.NullMarked;
