package dev.fanfare.cli;

import dev.fanfare.bench.RunObserver;
import dev.fanfare.bench.Snapshot;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints one line a second about a running benchmark. */
final class BenchProgress implements RunObserver {

    private final PrintWriter err;
    private Snapshot before = new Snapshot(0, 0, 0, 0, 0);

    BenchProgress(PrintWriter err) {
        this.err = err;
    }

    @Override
    public void progress(Phase phase, Snapshot now) {
        String line = String.format(
                Locale.ROOT,
                "%-11s %,9d opened%s, %,8d published/s, %,11d received/s",
                phase.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                now.opened(),
                trouble(now),
                now.published() - before.published(),
                now.received() - before.received());
        err.println(line);
        err.flush();
        before = now;
    }

    private static String trouble(Snapshot now) {
        return now.failed() + now.closedEarly() == 0
                ? ""
                : String.format(Locale.ROOT, " (%,d failed, %,d ended early)", now.failed(), now.closedEarly());
    }
}
