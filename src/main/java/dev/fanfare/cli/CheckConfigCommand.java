package dev.fanfare.cli;

import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigText;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Shows the effective configuration of a node, without starting one. */
@Command(
        name = "check-config",
        description = "Check the configuration and print it with all defaults, or everything that is wrong with it.")
final class CheckConfigCommand implements Callable<Integer> {

    private final Cli cli;

    CheckConfigCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws ConfigException {
        String yaml = ConfigText.yaml(cli.config());
        cli.out().println("# configuration is valid");
        cli.out().print(yaml);
        cli.out().flush();
        return Cli.OK;
    }
}
