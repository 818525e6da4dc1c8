package dev.fanfare;

import dev.fanfare.cli.Cli;

/** The entry point of the process. */
public final class Main {

    private Main() {}

    /** Runs a command; the default is to serve. */
    public static void main(String... arguments) {
        Cli.run(Node::startAndWarmUp, arguments);
    }
}
