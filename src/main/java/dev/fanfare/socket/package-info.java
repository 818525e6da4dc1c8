/**
 * One WebSocket: frames in and out, close, writability. Also handshakes, TLS and certificate files of listeners and clients.
 * Independent of groups and sessions.
 */
@NullMarked
package dev.fanfare.socket;

import org.jspecify.annotations.NullMarked;
