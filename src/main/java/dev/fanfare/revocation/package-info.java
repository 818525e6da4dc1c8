/** Revocations of tokens, users and addresses: kept in the store, and asked by handshakes and connections. */
@NullMarked
package dev.fanfare.revocation;

import org.jspecify.annotations.NullMarked;
