/** The encoding of requests, publications and sessions between nodes. */
@NullMarked
package dev.fanfare.broker.wire;

import org.jspecify.annotations.NullMarked;
