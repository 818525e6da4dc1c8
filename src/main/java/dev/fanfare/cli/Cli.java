package dev.fanfare.cli;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line of the broker, and what its commands share. */
@Command(
        name = "fanfare",
        description = "A self-hosted broker for WebSocket groups.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpAutoWidth = true,
        scope = ScopeType.INHERIT,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed", "2:bad usage or configuration"})
public final class Cli implements Callable<Integer> {

    static final int OK = 0;
    static final int FAILED = 1;
    static final int REFUSED = 2;

    private final Outside outside;
    private final ServeCommand serve;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The configuration, YAML; else the file that FANFARE_CONFIG names, else the defaults.")
    private @Nullable Path file;

    /** What commands need from their process. */
    record Outside(
            Map<String, String> environment,
            PrintWriter out,
            PrintWriter err,
            ServeCommand.Starter starter,
            TokenCommand.Minter minter,
            Consumer<Thread> shutdownHooks) {}

    private Cli(Outside outside) {
        this.outside = outside;
        this.serve = new ServeCommand(this, outside.starter(), outside.shutdownHooks());
    }

    /**
     * Runs a command and ends the process with its exit code, or leaves a node running.
     *
     * @param starter starts a node
     */
    public static void run(ServeCommand.Starter starter, String... arguments) {
        Outside process = new Outside(
                System.getenv(),
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                starter,
                Cli::mint,
                Runtime.getRuntime()::addShutdownHook);
        int exitCode = commandLine(process).execute(arguments);
        if (exitCode == FAILED) {
            Logs.close();
        }
        if (exitCode != OK) {
            System.exit(exitCode);
        }
    }

    private static String mint(ClientTokenSpec request) {
        return new TokenMinter(request.accessKey(), InstantSource.system())
                .clientToken(
                        request.endpoint().toString(),
                        request.hub(),
                        request.userId(),
                        request.roles(),
                        request.groups(),
                        request.lifetime());
    }

    /** The command line, with nothing global in it. */
    static CommandLine commandLine(Outside outside) {
        Cli cli = new Cli(outside);
        return new CommandLine(cli)
                .addSubcommand(cli.serve)
                .addSubcommand(new TokenCommand(cli, outside.minter()))
                .addSubcommand(new CheckConfigCommand(cli))
                .addSubcommand(RevocationsCommand.commandLine(cli))
                .addSubcommand(new HashSecretCommand(cli))
                .addSubcommand(new ReloadCommand(cli))
                .addSubcommand(new AlertTestCommand(cli))
                .addSubcommand(new BenchCommand(cli, outside.minter()))
                .addSubcommand(new HelpCommand(cli))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(outside.out())
                .setErr(outside.err())
                .setParameterExceptionHandler((thrown, arguments) -> cli.misused(thrown))
                .setExecutionExceptionHandler((thrown, command, parsed) -> cli.failed(thrown, command));
    }

    @Override
    public Integer call() throws Exception {
        return serve.call();
    }

    /** The configuration from the command line and the environment. */
    Config config() throws ConfigException {
        return source().load();
    }

    /** Where that comes from. */
    ConfigSource source() {
        String named = outside.environment().getOrDefault("FANFARE_CONFIG", "");
        return new ConfigSource(file != null || named.isEmpty() ? file : Path.of(named), outside.environment());
    }

    Map<String, String> environment() {
        return outside.environment();
    }

    PrintWriter out() {
        return outside.out();
    }

    PrintWriter err() {
        return outside.err();
    }

    /** The message and where to read more; the complete help would bury it. */
    private int misused(ParameterException thrown) {
        PrintWriter err = outside.err();
        List<String> unknown = thrown.getCommandLine().getUnmatchedArguments();
        // Unknown names come first: one may be the misspelling of what is missing.
        ParameterException told =
                unknown.isEmpty() ? thrown : new UnmatchedArgumentException(thrown.getCommandLine(), unknown);
        err.println(told.getMessage());
        UnmatchedArgumentException.printSuggestions(told, err);
        err.println("Try: " + thrown.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        err.flush();
        return REFUSED;
    }

    private int failed(Exception thrown, CommandLine command) {
        if (thrown instanceof ConfigException || thrown instanceof UsageException) {
            outside.err().println(thrown.getMessage());
            outside.err().flush();
            return REFUSED;
        }
        Throwable cause =
                thrown instanceof ExecutionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        boolean node = command.getParent() == null || command.getCommandName().equals(ServeCommand.NAME);
        if (!node) { // other commands do not log
            outside.err().println(command.getCommandName() + " failed: " + cause.getMessage());
            if (!(cause instanceof IOException)) {
                cause.printStackTrace(outside.err());
            }
            outside.err().flush();
            return FAILED;
        }
        Logger log = LoggerFactory.getLogger(Cli.class);
        if (cause instanceof IOException) {
            log.error("{} failed: {}", command.getCommandName(), cause.getMessage());
        } else {
            log.error("{} failed", command.getCommandName(), cause);
        }
        return FAILED;
    }
}
