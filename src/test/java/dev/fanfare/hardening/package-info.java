/** A started node against bad input, exhausted limits and rude endings, seen from outside. */
@NullMarked
package dev.fanfare.hardening;

import org.jspecify.annotations.NullMarked;
