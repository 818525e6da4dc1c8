package dev.fanfare.cluster;

import java.util.List;

/**
 * How processes of a cluster prove to each other that they belong to it, on both ports. Both ends of each connection
 * present a certificate; names in it are not checked. Immutable.
 */
public sealed interface ClusterTls {

    /**
     * The authority is derived from the access keys, which all nodes share, and each process issues its own certificate
     * when it starts. Needs no files.
     */
    static ClusterTls derived(List<String> accessKeys) {
        return new Derived(accessKeys);
    }

    /** Certificates of an authority of one's own, in PEM files that are read again when they change. */
    static ClusterTls files(String certificateFile, String keyFile, String caFile) {
        return new Files(certificateFile, keyFile, caFile);
    }

    /** None: everything that reaches the ports is trusted. */
    static ClusterTls off() {
        return new Off();
    }

    /**
     * @param accessKeys at least one. Certificates of an authority derived from any of them are accepted, the own one is
     *     issued by that of the first
     */
    record Derived(List<String> accessKeys) implements ClusterTls {

        /** Copies the keys. Throws an {@link IllegalArgumentException} without any, or if one is blank. */
        public Derived {
            accessKeys = List.copyOf(accessKeys);
            if (accessKeys.isEmpty() || accessKeys.stream().anyMatch(String::isBlank)) {
                throw new IllegalArgumentException("the authority of a cluster is derived from access keys: give one");
            }
        }

        /** Without the keys. */
        @Override
        public String toString() {
            return "Derived[" + accessKeys.size() + " access keys]";
        }
    }

    /**
     * @param certificateFile the certificate of this process and its chain, for servers and clients, PEM
     * @param keyFile its private key, PEM
     * @param caFile the authorities of the certificates of all members, PEM
     */
    record Files(String certificateFile, String keyFile, String caFile) implements ClusterTls {}

    /** No TLS. */
    record Off() implements ClusterTls {}
}
