/** Reading JSON (RFC 8259) without leniency, in the one way in which the whole node reads it. */
@NullMarked
package dev.fanfare.core.json;

import org.jspecify.annotations.NullMarked;
