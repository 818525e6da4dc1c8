/** The bytes of messages between nodes, and the versions of their protocol. */
@NullMarked
package dev.fanfare.broker.codec;

import org.jspecify.annotations.NullMarked;
