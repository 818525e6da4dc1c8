package dev.fanfare.cli;

import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigSource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;

/** Runs a node. Returns when it is ready; the node's threads keep the process alive until it is terminated. */
@Command(name = ServeCommand.NAME, description = "Run a node until SIGTERM or SIGINT (the default command).")
public final class ServeCommand implements Callable<Integer> {

    static final String NAME = "serve";

    /** Starts a node, which may read its configuration again; the future fails if it cannot serve. */
    @FunctionalInterface
    public interface Starter {
        Future<? extends RunningNode> start(Config config, ConfigSource source);
    }

    private final Cli cli;
    private final Starter starter;
    private final Consumer<Thread> shutdownHooks;

    ServeCommand(Cli cli, Starter starter, Consumer<Thread> shutdownHooks) {
        this.cli = cli;
        this.starter = starter;
        this.shutdownHooks = shutdownHooks;
    }

    @Override
    public Integer call() throws Exception {
        ConfigSource source = cli.source();
        Config config = source.load();
        Logs.configure(config.logging());
        // The hook is registered before anything starts: SIGTERM may come at any time.
        Promise<Config> go = Promise.promise();
        Future<? extends RunningNode> started = go.future().compose(loaded -> starter.start(loaded, source));
        ShutdownHook hook = new ShutdownHook(started, config.shutdown().timeoutSeconds());
        shutdownHooks.accept(new Thread(hook, "fanfare-shutdown"));
        if (!source.files().isEmpty()) {
            Hangup.handle(() -> started.onSuccess(node -> node.reload("SIGHUP")));
        }
        go.complete(config);
        RunningNode node = started.toCompletionStage().toCompletableFuture().get();
        node.live().add(next -> level(node.live().present().logging(), next.logging()));
        node.ready().toCompletionStage().toCompletableFuture().get();
        node.announcement().forEach(cli.out()::println);
        cli.out().flush();
        return Cli.OK;
    }

    /** An unchanged level is not set again: an operator's own file may have other ones. */
    private static Runnable level(Config.Logging before, Config.Logging next) {
        return () -> {
            if (next.level() != before.level()) {
                Logs.level(next.level());
            }
        };
    }
}
