/** Tokens in, principals out. */
@NullMarked
package dev.fanfare.auth;

import org.jspecify.annotations.NullMarked;
