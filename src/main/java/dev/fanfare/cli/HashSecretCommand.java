package dev.fanfare.cli;

import dev.fanfare.auth.AccessKey;
import dev.fanfare.auth.ClientSecrets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes the hash of a client's secret for the configuration. Needs no running node. */
@Command(
        name = "hash-secret",
        description = "Hash the secret of a client that may register, for hubs.<hub>.consumers.clients.",
        footerHeading = "%n",
        footer = "Without a file it makes a secret, and prints that as well. Secrets are hashed with PBKDF2.")
final class HashSecretCommand implements Callable<Integer> {

    private final Cli cli;

    @Option(
            names = "--secret-file",
            paramLabel = "FILE",
            description = "A file that holds the secret, such as /dev/stdin.")
    private @Nullable Path secretFile;

    HashSecretCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Path file = secretFile;
        String secret = file == null ? AccessKey.random() : SecretFile.read("The file with the secret", file);
        if (secret.isEmpty() || secret.length() > ClientSecrets.MAX_LENGTH) {
            throw new UsageException("The secret has " + secret.length() + " characters; 1 to "
                    + ClientSecrets.MAX_LENGTH + " are allowed.");
        }
        if (file == null) {
            cli.out().println("secret:     " + secret);
        }
        cli.out().println("secretHash: " + ClientSecrets.hash(secret));
        cli.out().flush();
        return Cli.OK;
    }
}
