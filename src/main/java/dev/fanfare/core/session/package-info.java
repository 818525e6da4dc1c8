/** The protocol state of one connection. */
@NullMarked
package dev.fanfare.core.session;

import org.jspecify.annotations.NullMarked;
