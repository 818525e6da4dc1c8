/** Black-box tests of a running node: invalid input, exhausted limits and abrupt disconnects. */
@NullMarked
package dev.fanfare.hardening;

import org.jspecify.annotations.NullMarked;
