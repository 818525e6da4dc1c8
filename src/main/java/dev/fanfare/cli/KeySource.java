package dev.fanfare.cli;

import dev.fanfare.config.AccessKeys;
import dev.fanfare.config.Config;
import dev.fanfare.core.Names;
import dev.fanfare.core.OperationClass;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the access key of a command comes from, and with a connection string the endpoint. */
final class KeySource {

    @Option(names = "--access-key", paramLabel = "KEY", description = "The access key to sign with.")
    private @Nullable String accessKey;

    @Option(names = "--access-key-file", paramLabel = "FILE", description = "A file that holds the access key.")
    private @Nullable Path accessKeyFile;

    @Option(names = "--key-name", paramLabel = "NAME", description = "The name of a scoped key of the configuration.")
    private @Nullable String keyName;

    @Option(
            names = "--connection-string",
            paramLabel = "TEXT",
            description = "Endpoint and access key, as configured for servers.")
    private @Nullable String connectionString;

    /**
     * Endpoint and access key from options, the environment or the configuration, in this order.
     *
     * @param endpoint as given; null to take that of the connection string or of the configuration
     * @param operation for which a scoped key is needed
     * @param hub for which it is needed; null for all hubs
     * @throws UsageException if there is no key, or something is malformed
     */
    ConnectionString resolve(
            Cli cli, Config config, @Nullable String endpoint, OperationClass operation, @Nullable String hub) {
        ConnectionString given = connectionString(cli);
        Endpoint at = endpoint(endpoint, given, config);
        String key = key(given, config, operation, hub);
        AccessKeys.problem(key).ifPresent(problem -> {
            throw new UsageException("The access key " + problem);
        });
        return new ConnectionString(at, key);
    }

    private @Nullable ConnectionString connectionString(Cli cli) {
        String text =
                connectionString != null ? connectionString : cli.environment().get("FANFARE_CONNECTION_STRING");
        try {
            return text == null || text.isBlank() ? null : ConnectionString.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("The connection string is refused: " + e.getMessage());
        }
    }

    private static Endpoint endpoint(@Nullable String endpoint, @Nullable ConnectionString given, Config config) {
        if (endpoint == null) {
            return given != null ? given.endpoint() : Endpoint.of(config.server());
        }
        try {
            return Endpoint.parse(endpoint);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--endpoint is refused: " + e.getMessage());
        }
    }

    private String key(
            @Nullable ConnectionString given, Config config, OperationClass operation, @Nullable String hub) {
        if (accessKey != null) {
            return accessKey;
        }
        if (accessKeyFile != null) {
            return SecretFile.read("The access key file", accessKeyFile);
        }
        if (keyName != null) {
            return scopedKey(keyName, config, operation, hub);
        }
        if (given != null) {
            return given.accessKey();
        }
        return config.auth().accessKeys().stream()
                .findFirst()
                .orElseThrow(() -> new UsageException("There is no access key. Give --access-key-file or"
                        + " --connection-string (a node prints one when it starts), or set FANFARE_AUTH_ACCESS_KEYS."));
    }

    /** A node would refuse what is signed by a key that is for other hubs or operations. */
    private static String scopedKey(String name, Config config, OperationClass operation, @Nullable String hub) {
        Config.ScopedKey key = config.auth().scopedKeys().stream()
                .filter(scoped -> scoped.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException("auth.scopedKeys has no key of this name: " + name));
        if (!key.operations().contains(operation.text())) {
            throw new UsageException("The key " + name + " is not for this (operations: " + operation.text() + ").");
        }
        if (!key.hubs().isEmpty()
                && (hub == null || key.hubs().stream().map(Names::hub).noneMatch(Names.hub(hub)::equals))) {
            throw new UsageException(
                    "The key " + name + " is not for " + (hub == null ? "all hubs" : "this hub") + " (hubs).");
        }
        return key.key();
    }
}
