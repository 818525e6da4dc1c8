/** Strict JSON (RFC 8259), read in the same way throughout the node. */
@NullMarked
package dev.fanfare.core.json;

import org.jspecify.annotations.NullMarked;
