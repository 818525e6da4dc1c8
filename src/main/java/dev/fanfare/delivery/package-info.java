/** How messages reach connections: fan-out in slices, frames shared by receivers, outboxes and receipts. */
@NullMarked
package dev.fanfare.delivery;

import org.jspecify.annotations.NullMarked;
