/** How log lines are limited and printed. */
@NullMarked
package dev.fanfare.logging;

import org.jspecify.annotations.NullMarked;
