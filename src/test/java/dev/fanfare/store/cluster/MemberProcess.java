package dev.fanfare.store.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fanfare.testkit.Place;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** A {@link StoreMember} in a process of its own, and the history of what it called. Thread-safe. */
final class MemberProcess {

    private static final String ON_SMALL_DISK =
            "mount -t tmpfs -o size=16m tmpfs \"$0\" && cp -a \"$1/.\" \"$0\" && shift && exec \"$@\"";

    /**
     * An operation that a member called.
     *
     * @param outcome {@code done}, {@code refused}, or {@code unknown}
     * @param result if it is done
     */
    record Call(long calledAt, long returnedAt, String input, String outcome, String result) {}

    /** How the store is replicated, as the member knows it. */
    record Figures(int members, int unavailable, int singleCopies, int learners, long lost) {}

    private final Process process;
    private final Path log;
    private final PrintWriter in;
    private final Thread reader;
    private final Map<String, String> open = new HashMap<>();
    private final List<Call> calls = new ArrayList<>();
    private Figures figures = new Figures(0, 0, 0, 0, 0);
    private boolean read;
    private boolean left;

    private MemberProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.in = new PrintWriter(process.outputWriter(UTF_8), true);
        this.reader = new Thread(this::follow, "output of a member");
        reader.setDaemon(true);
        reader.start();
    }

    /** @param log the file to which it logs */
    static MemberProcess start(String node, Place place, List<Place> all, Path log) throws IOException {
        return start(node, place, all, log, List.of());
    }

    /** With its state in files. */
    static MemberProcess start(String node, Place place, List<Place> all, Path log, Path folder) throws IOException {
        return start(node, place, all, log, List.of(folder.toString()));
    }

    /**
     * With its state on a small file system of its own, which ends with the process.
     *
     * @param disk what is on that at first
     * @param mountPoint an empty folder
     */
    static MemberProcess startOnSmallDisk(
            String node, Place place, List<Place> all, Path log, Path disk, Path mountPoint) throws IOException {
        List<String> command = new ArrayList<>(place.command());
        command.addAll(List.of("unshare", "-m", "sh", "-c", ON_SMALL_DISK, mountPoint.toString(), disk.toString()));
        Place mounted = new Place(command, place.host(), place.clusterHost(), place.gridPort(), place.busPort());
        return start(node, mounted, all, log, mountPoint);
    }

    /** A folder of the process, as this one reaches it. */
    Path reach(Path folder) {
        return Path.of("/proc", String.valueOf(process.pid()), "root")
                .resolve(Path.of("/").relativize(folder));
    }

    private static MemberProcess start(String node, Place place, List<Place> all, Path log, List<String> more)
            throws IOException {
        List<String> command = new ArrayList<>(place.command());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StoreMember.class.getName(),
                node,
                place.clusterHost(),
                String.valueOf(place.gridPort()),
                String.valueOf(place.busPort()),
                all.stream().map(Place::member).collect(Collectors.joining(","))));
        command.addAll(more);
        Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        return new MemberProcess(process, log);
    }

    private void follow() {
        try (BufferedReader lines = process.inputReader(UTF_8)) {
            lines.lines().forEach(this::understand);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private synchronized void understand(String line) {
        String[] words = line.split(" ", 4);
        switch (words[0]) {
            case "call" -> open.put(words[1], words[2] + ' ' + words[3]);
            case "done", "refused", "unknown" -> {
                String[] call = Objects.requireNonNull(open.remove(words[1])).split(" ", 2);
                calls.add(new Call(
                        Long.parseLong(call[0]),
                        Long.parseLong(words[2]),
                        call[1],
                        words[0],
                        words.length > 3 ? words[3] : ""));
            }
            case "figures" -> {
                String[] numbers = line.split(" ");
                figures = new Figures(
                        Integer.parseInt(numbers[1]),
                        Integer.parseInt(numbers[2]),
                        Integer.parseInt(numbers[3]),
                        Integer.parseInt(numbers[4]),
                        Long.parseLong(numbers[5]));
            }
            case "read" -> read = true;
            case "left" -> left = true;
            default -> throw new AssertionError(line);
        }
    }

    void tell(String command) {
        in.println(command);
    }

    synchronized Figures figures() {
        return figures;
    }

    /** Whether it has read everything that it was told to. */
    synchronized boolean hasRead() {
        return read;
    }

    /** Whether it has left in an orderly way. */
    synchronized boolean hasLeft() {
        return left;
    }

    /** Everything that was called so far; what was not answered has an unknown outcome. */
    synchronized List<Call> calls() {
        List<Call> all = new ArrayList<>(calls);
        open.values().forEach(call -> {
            String[] words = call.split(" ", 2);
            all.add(new Call(Long.parseLong(words[0]), Long.MAX_VALUE, words[1], "unknown", ""));
        });
        return all;
    }

    /** How many operations were done that were called after this time of {@link System#nanoTime}. */
    synchronized long doneSince(long nanos) {
        return calls.stream()
                .filter(call -> call.outcome().equals("done") && call.calledAt() - nanos > 0)
                .count();
    }

    boolean hasLogged(String text) throws IOException {
        return Files.readString(log).contains(text);
    }

    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        if (kill.waitFor() != 0) {
            throw new IOException("no process for SIG" + name);
        }
    }

    /** Sends SIGKILL, and waits until everything that it had printed is known. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly(); // leaves its output open, unlike Process#destroyForcibly
        reader.join();
    }
}
