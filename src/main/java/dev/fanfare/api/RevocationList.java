package dev.fanfare.api;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.revocation.RevocationIndex;
import dev.fanfare.revocation.Revocations;

/**
 * The revocations of a node, for the operations. Thread-safe.
 *
 * @param shared whether all nodes of the cluster have the same store
 */
public record RevocationList(Revocations revocations, RevocationIndex index, boolean shared) {

    /** Fails where a revocation would hold on one node of several, which would look as if it held. */
    Revocations writable() {
        if (!shared) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "revocations in a cluster need store.engine: replicated; this node's store is its own");
        }
        return revocations;
    }

    /** Fails until this node knows what there is. */
    Revocations readable() {
        if (!index.synced()) {
            throw new ApiException(ErrorCode.UNAVAILABLE, "the node does not know the revocations yet");
        }
        return revocations;
    }
}
