package dev.fanfare.cli;

import dev.fanfare.config.Config;
import dev.fanfare.core.OperationClass;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which running node a command manages, and with which key. */
final class NodeTarget {

    @Option(names = "--endpoint", paramLabel = "URL", description = "Where the node is; as configured if omitted.")
    private @Nullable String endpoint;

    @Option(
            names = "--trust",
            paramLabel = "FILE",
            description = "The authorities whose certificates are trusted, PEM; those of Java if omitted.")
    private @Nullable Path trust;

    @ArgGroup
    private KeySource keySource = new KeySource();

    /**
     * Its REST API.
     *
     * @param hub that is managed; null for what belongs to no hub
     * @throws UsageException if there is no key, or something is malformed
     */
    RestApi api(Cli cli, Config config, @Nullable String hub) {
        return new RestApi(keySource.resolve(cli, config, endpoint, OperationClass.MANAGE, hub), trust);
    }
}
