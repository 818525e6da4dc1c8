package dev.fanfare.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Has a running node read its configuration again. */
@Command(
        name = "reload",
        description = "Have a running node read its configuration again, and show what it applied.",
        footerHeading = "%n",
        footer =
                "With any problem in it nothing changes. The access key is found as for the command token, and may be a scoped"
                        + " one for the operations manage without hubs.")
final class ReloadCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private NodeTarget target = new NodeTarget();

    ReloadCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws Exception {
        JsonObject change = target.api(cli, cli.config(), null).call("POST", "/api/configuration/:reload", null);
        cli.out().println("applied: " + keys(change, "applied"));
        cli.out().println("at the next start: " + keys(change, "atNextStart"));
        cli.out().flush();
        return Cli.OK;
    }

    private static String keys(JsonObject change, String name) {
        JsonArray keys = change.getJsonArray(name, new JsonArray());
        return keys.isEmpty() ? "nothing" : keys.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
