package dev.fanfare.auth;

import dev.fanfare.config.Config;
import dev.fanfare.core.Names;
import dev.fanfare.core.OperationClass;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who signed a token, and what tokens signed by it are good for. Immutable.
 *
 * @param kind whether it is a key of this node's configuration or an identity provider
 * @param name of a scoped key; {@code accessKeys[0]} of the first access key; the {@code iss} of an identity provider
 * @param hubs in the canonical spelling of {@link Names#hub}; empty = all, and what belongs to no hub
 * @param operations never empty
 */
public record TokenSigner(SignerKind kind, String name, Set<String> hubs, Set<OperationClass> operations) {

    /** The kinds, as in the audit log. */
    public enum SignerKind {
        KEY,
        ISSUER
    }

    public TokenSigner {
        hubs = Set.copyOf(hubs);
        operations = Set.copyOf(operations);
    }

    /** An access key, which is good for everything. */
    public static TokenSigner accessKey(int index) {
        return new TokenSigner(
                SignerKind.KEY, "accessKeys[" + index + "]", Set.of(), EnumSet.allOf(OperationClass.class));
    }

    static TokenSigner scopedKey(Config.ScopedKey key) {
        return new TokenSigner(
                SignerKind.KEY,
                key.name(),
                key.hubs().stream().map(Names::hub).collect(Collectors.toUnmodifiableSet()),
                key.operations().stream()
                        .map(OperationClass::named)
                        .map(Objects::requireNonNull)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    /** An identity provider, whose hubs and roles are checked with its tokens. */
    static TokenSigner issuer(String name) {
        return new TokenSigner(SignerKind.ISSUER, name, Set.of(), EnumSet.allOf(OperationClass.class));
    }

    /** Whether its tokens are good for a class of operations. */
    public boolean allows(OperationClass operationClass) {
        return operations.contains(operationClass);
    }

    /** Why its tokens are not good for a hub, in the canonical spelling; null if they are. */
    public @Nullable String hubProblem(String hub) {
        return hubs.isEmpty() || hubs.contains(hub) ? null : "the key " + name + " is not for this hub (hubs)";
    }

    /** Whether its tokens are good for what belongs to no hub. */
    public boolean allowsNode() {
        return hubs.isEmpty();
    }
}
