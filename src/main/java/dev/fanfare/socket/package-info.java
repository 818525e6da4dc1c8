/** One WebSocket: frames in and out, close, writability. Knows no group and no session. */
@NullMarked
package dev.fanfare.socket;

import org.jspecify.annotations.NullMarked;
