package dev.fanfare;

import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigText;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Tells what a node would make of its configuration, without starting one. */
@Command(
        name = "check-config",
        description = "Check the configuration and print it with all defaults, or everything that is wrong with it.")
final class CheckConfigCommand implements Callable<Integer> {

    private final Main main;

    CheckConfigCommand(Main main) {
        this.main = main;
    }

    @Override
    public Integer call() throws ConfigException {
        String yaml = ConfigText.yaml(main.config());
        main.out().println("# configuration is valid");
        main.out().print(yaml);
        main.out().flush();
        return Main.OK;
    }
}
