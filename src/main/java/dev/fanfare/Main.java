package dev.fanfare;

import dev.fanfare.cli.Cli;

/** Where the process begins. */
public final class Main {

    private Main() {}

    /** Runs a command; without one, a node. */
    public static void main(String... arguments) {
        Cli.run(Node::start, arguments);
    }
}
