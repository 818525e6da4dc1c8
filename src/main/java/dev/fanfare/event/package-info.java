/** Events out: where user events and connection events go. */
@NullMarked
package dev.fanfare.event;

import org.jspecify.annotations.NullMarked;
