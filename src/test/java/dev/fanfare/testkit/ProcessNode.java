package dev.fanfare.testkit;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A node in a process of its own. */
public final class ProcessNode extends AnyNode implements AutoCloseable {

    private final BrokerProcess process;
    private final String host;

    private ProcessNode(BrokerProcess process, String host) {
        this.process = process;
        this.host = host;
    }

    /**
     * @param place where it runs, and listens
     * @param program the command that runs it
     */
    static ProcessNode start(Map<String, String> settings, Place place, List<String> program) throws IOException {
        return new ProcessNode(BrokerProcess.start(settings, place.command(), program), place.host());
    }

    /** The same on the loopback interface. */
    public static ProcessNode start(Map<String, String> settings) throws IOException {
        return new ProcessNode(BrokerProcess.start(settings), "127.0.0.1");
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public int port() {
        return process.port();
    }

    @Override
    public int managementPort() {
        return process.metrics().getPort();
    }

    /** Whether it says that it should get traffic. */
    public boolean isReady() {
        return manage("/readyz").status() == 200;
    }

    /** Sends SIGSTOP: it hangs until {@link #resume}. */
    public void pause() throws IOException, InterruptedException {
        process.pause();
    }

    /** Sends SIGCONT. */
    public void resume() throws IOException, InterruptedException {
        process.resume();
    }

    /** Sends SIGHUP. */
    public void hangUp() throws IOException, InterruptedException {
        process.hangUp();
    }

    /** Sends SIGTERM and waits for the end; the exit code. */
    public int stop() throws InterruptedException {
        return process.stop();
    }

    /** Its standard error so far. */
    public String log() {
        return process.log();
    }

    /** Sends SIGKILL. */
    @Override
    public void close() throws IOException {
        process.close();
    }
}
