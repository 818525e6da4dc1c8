/** Software that others wrote, unmodified, against the packaged broker. */
@NullMarked
package dev.fanfare.sdk;

import org.jspecify.annotations.NullMarked;
