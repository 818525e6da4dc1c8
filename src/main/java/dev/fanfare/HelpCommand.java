package dev.fanfare;

import dev.fanfare.config.Nearest;
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

    private final Main main;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command to describe.")
    private @Nullable String command;

    HelpCommand(Main main) {
        this.main = main;
    }

    @Override
    public Integer call() {
        CommandLine all = spec.commandLine().getParent();
        CommandLine described = command == null ? all : all.getSubcommands().get(command);
        if (described == null) {
            String meant = Nearest.to(
                            String.valueOf(command), all.getSubcommands().keySet())
                    .map(name -> "; did you mean " + name + "?")
                    .orElse("");
            throw new ParameterException(all, "There is no command '" + command + "'" + meant);
        }
        described.usage(main.out());
        return Main.OK;
    }
}
