package dev.fanfare.cli;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the node when the process is terminated. The JVM exits when its hooks return, so this one waits; and it halts
 * the JVM itself, since SIGTERM would make the exit code 143 however well the node stopped.
 */
final class ShutdownHook implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(ShutdownHook.class);

    private final Future<? extends RunningNode> started;
    private final int timeoutSeconds;

    /**
     * @param started the node, which may still be starting when the process is terminated
     * @param timeoutSeconds how long the node may take to stop
     */
    ShutdownHook(Future<? extends RunningNode> started, int timeoutSeconds) {
        this.started = started;
        this.timeoutSeconds = timeoutSeconds;
    }

    @Override
    public void run() {
        boolean stopped = !started.failed() && stop();
        Logs.close();
        Runtime.getRuntime().halt(stopped ? Cli.OK : Cli.FAILED);
    }

    private boolean stop() {
        LOG.info("stopping");
        try {
            started.compose(RunningNode::stop)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(timeoutSeconds, TimeUnit.SECONDS);
            LOG.info("stopped");
            return true;
        } catch (TimeoutException e) {
            LOG.atError().addKeyValue("timeoutSeconds", timeoutSeconds).log("not stopped in time");
        } catch (ExecutionException e) {
            LOG.error("stopping failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
