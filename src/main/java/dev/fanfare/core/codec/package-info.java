/** The bytes of messages between nodes, and the versions of their protocol. */
@NullMarked
package dev.fanfare.core.codec;

import org.jspecify.annotations.NullMarked;
