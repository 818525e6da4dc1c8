package dev.fanfare.cli;

import dev.fanfare.config.Suggestions;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The same as {@code --help}. */
@Command(name = "help", description = "Show this help, or that of a command.")
final class HelpCommand implements Callable<Integer> {

    private final Cli cli;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command to describe.")
    private @Nullable String command;

    HelpCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        CommandLine all = spec.commandLine().getParent();
        CommandLine described = command == null ? all : all.getSubcommands().get(command);
        if (described == null) {
            String meant = Suggestions.to(
                            String.valueOf(command), all.getSubcommands().keySet())
                    .map(name -> "; did you mean " + name + "?")
                    .orElse("");
            throw new ParameterException(all, "There is no command '" + command + "'" + meant);
        }
        described.usage(cli.out());
        return Cli.OK;
    }
}
