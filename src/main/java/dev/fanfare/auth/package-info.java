/** Verifies tokens and returns principals. */
@NullMarked
package dev.fanfare.auth;

import org.jspecify.annotations.NullMarked;
