/** Reading paths and queries of URLs (RFC 3986) without leniency, in the one way in which the whole node reads them. */
@NullMarked
package dev.fanfare.core.uri;

import org.jspecify.annotations.NullMarked;
