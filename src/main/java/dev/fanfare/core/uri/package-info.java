/** Strict decoding of paths and queries of URLs (RFC 3986), the same throughout the node. */
@NullMarked
package dev.fanfare.core.uri;

import org.jspecify.annotations.NullMarked;
