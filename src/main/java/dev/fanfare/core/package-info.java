/** Vocabulary and rules of the domain, without a clock or a network. */
@NullMarked
package dev.fanfare.core;

import org.jspecify.annotations.NullMarked;
