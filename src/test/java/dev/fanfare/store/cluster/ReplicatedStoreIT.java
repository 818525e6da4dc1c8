package dev.fanfare.store.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.cluster.MemberProcess.Call;
import dev.fanfare.store.replica.Linearizability;
import dev.fanfare.store.replica.Models;
import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.NodeNetwork;
import dev.fanfare.testkit.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The replicated store on three nodes, each a process in a network of its own, with clients at each of them. */
class ReplicatedStoreIT {

    /** A part without a majority serves nothing that is called later than this after a cut. */
    private static final long LEASE_NANOS = TimeUnit.SECONDS.toNanos(6);

    private static final String IN_FILES = "files";

    @TempDir
    private Path folder;

    private boolean inFiles;
    private NodeNetwork network;
    private List<Place> places;
    private final Map<Integer, MemberProcess> running = new TreeMap<>();
    private final List<MemberProcess> all = new ArrayList<>();

    @BeforeEach
    void start(TestInfo test) throws Exception {
        inFiles = test.getTags().contains(IN_FILES);
        network = NodeNetwork.create(3);
        places = network.places();
        for (int i = 0; i < 3; i++) {
            start(i);
        }
        resume();
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (MemberProcess member : all) {
            member.kill();
        }
        network.close();
    }

    private void start(int index) throws IOException {
        String node = "n" + all.size();
        Path log = folder.resolve(node + ".log");
        add(
                index,
                inFiles
                        ? MemberProcess.start(node, places.get(index), places, log, disk(index))
                        : MemberProcess.start(node, places.get(index), places, log));
    }

    private void add(int index, MemberProcess member) {
        running.put(index, member);
        all.add(member);
    }

    private Path disk(int index) {
        return folder.resolve("disk" + index);
    }

    @Test
    @Tag(IN_FILES)
    void nothingAcknowledgedIsLostInFiles() throws Exception {
        for (int round = 1; round <= Endurance.count(0, 10); round++) {
            hang(round % 3);
            killAll();
            for (int i = 0; i < 3; i++) {
                start(i);
            }
            resume();
            damage((round + 1) % 3);
            cutOff((round + 2) % 3);
        }
        damage(0);
        cutOff(1);
        killAll();
        start(0);
        start(1);
        Path small = Files.createDirectory(folder.resolve("small"));
        MemberProcess last =
                MemberProcess.startOnSmallDisk("last", places.get(2), places, folder.resolve("log"), disk(2), small);
        add(2, last);
        resume();
        fill(2, last.reach(small));
        leave(0);
        verify();
    }

    @Test
    @EnabledIfSystemProperty(named = "fanfare.endurance", matches = "true")
    void nothingAcknowledgedIsLostInMemory() throws Exception {
        for (int round = 1; round <= 10; round++) {
            int first = round % 3;
            kill(first);
            hang((first + 1) % 3);
            cutOff((first + 2) % 3);
        }
        leave(0);
        verify();
    }

    private void killAll() throws Exception {
        awaitProgress(System.nanoTime(), 100);
        for (MemberProcess member : running.values()) {
            member.signal("KILL");
        }
        for (MemberProcess member : running.values()) {
            member.kill();
        }
        running.clear();
    }

    private void resume() {
        awaitHealthy();
        running.values().forEach(member -> member.tell("load"));
    }

    /** A node whose files are damaged says which, keeps a copy of them, and gets their content from the others. */
    private void damage(int index) throws Exception {
        end(index);
        List<Path> snapshots;
        try (Stream<Path> files = Files.list(disk(index))) {
            snapshots = files.filter(each -> each.getFileName().toString().startsWith("snapshot-"))
                    .toList();
        }
        for (Path each : snapshots) {
            Files.writeString(each, "garbage");
        }
        Files.writeString(disk(index).resolve("unknown"), "garbage");
        join(index);
        String name = snapshots.get(0).getFileName().toString();
        List<Path> copies;
        try (Stream<Path> files = Files.list(disk(index))) {
            copies = files.filter(each -> each.getFileName().toString().endsWith("-damaged"))
                    .toList();
        }
        assertEquals("garbage", Files.readString(copies.get(copies.size() - 1).resolve(name)));
        assertTrue(member(index).hasLogged(disk(index).resolve(name).toString()));
    }

    /** The others go on without a node whose disk is full; it returns when there is room. */
    private void fill(int index, Path disk) throws Exception {
        MemberProcess member = Objects.requireNonNull(running.remove(index));
        Path ballast = disk.resolve("ballast");
        assertThrows(IOException.class, () -> Files.write(ballast, new byte[16 * 1024 * 1024]), "the disk is full");
        await().until(() -> running.values().stream().allMatch(each -> isHealthy(each, 2)));
        assertTrue(member.hasLogged("No space left on device"));
        running.put(index, member);
        awaitProgress(System.nanoTime(), 100);
        Files.delete(ballast);
        awaitHealthy();
        awaitProgress(System.nanoTime(), 100);
    }

    /** Soon the others have two copies of everything again; a new process takes its place. */
    private void kill(int index) throws Exception {
        end(index);
        join(index);
    }

    private void end(int index) throws Exception {
        awaitProgress(System.nanoTime(), 100);
        Objects.requireNonNull(running.remove(index)).kill();
        await().until(() -> running.values().stream().allMatch(member -> isHealthy(member, 2)));
    }

    private MemberProcess member(int index) {
        return Objects.requireNonNull(running.get(index));
    }

    private void join(int index) throws IOException {
        start(index);
        awaitHealthy();
        member(index).tell("load");
    }

    private void hang(int index) throws Exception {
        member(index).signal("STOP");
        Duration hanging = Duration.ofSeconds(15);
        await().pollDelay(hanging).timeout(hanging.plusMinutes(1)).until(() -> true);
        member(index).signal("CONT");
        awaitHealthy();
        awaitProgress(System.nanoTime(), 100);
    }

    private void cutOff(int index) throws Exception {
        MemberProcess island = member(index);
        network.cutOff(index);
        long cutAt = System.nanoTime();
        await().until(() -> island.figures().unavailable() == Partitions.COUNT);
        for (Map.Entry<Integer, MemberProcess> each : running.entrySet()) {
            if (each.getKey() != index) {
                await().until(() -> isHealthy(each.getValue(), 2));
            }
        }
        long healedAt = System.nanoTime();
        network.heal();
        awaitHealthy();
        long served = island.calls().stream()
                .filter(call -> call.outcome().equals("done"))
                .filter(call -> call.calledAt() > cutAt + LEASE_NANOS && call.returnedAt() < healedAt)
                .count();
        assertEquals(0, served, "a part without a majority serves nothing");
        awaitProgress(System.nanoTime(), 100);
    }

    /** It moves everything to the others before it goes. */
    private void leave(int index) throws Exception {
        MemberProcess member = Objects.requireNonNull(running.remove(index));
        member.tell("leave");
        await().until(member::hasLeft);
        for (MemberProcess each : running.values()) {
            assertEquals(0, each.figures().singleCopies());
        }
    }

    private void awaitHealthy() {
        await().until(() -> running.values().stream().allMatch(member -> isHealthy(member, 3)));
    }

    private static boolean isHealthy(MemberProcess member, int members) {
        MemberProcess.Figures figures = member.figures();
        return figures.members() == members
                && figures.unavailable() == 0
                && figures.singleCopies() == 0
                && figures.learners() == 0;
    }

    private void awaitProgress(long since, int operations) {
        await().until(() -> running.values().stream().allMatch(member -> member.doneSince(since) >= operations));
    }

    /** What was called on each key and each log has a sequential explanation, with what is read in the end. */
    private void verify() {
        running.values().forEach(member -> member.tell("rest"));
        Set<String> objects = histories().keySet();
        MemberProcess reader = running.values().iterator().next();
        reader.tell("read " + String.join(",", objects));
        await().until(reader::hasRead);
        Map<String, List<Linearizability.Operation>> histories = histories();
        histories.forEach((object, history) -> {
            boolean log = object.startsWith("l");
            assertTrue(
                    Linearizability.holds(history, log ? Models.log() : Models.key(history)),
                    () -> object + " " + history);
            assertTrue(!log || epochs(history).size() <= 1, () -> object + " " + epochs(history));
        });
        for (MemberProcess member : running.values()) {
            assertEquals(0, member.figures().lost());
        }
    }

    private static Set<String> epochs(List<Linearizability.Operation> history) {
        Set<String> epochs = new HashSet<>();
        for (Linearizability.Operation operation : history) {
            String[] words = operation.result() == null
                    ? new String[0]
                    : operation.result().split(" ");
            if (words.length == 3) {
                epochs.add(words[1]);
            }
        }
        return epochs;
    }

    private Map<String, List<Linearizability.Operation>> histories() {
        Map<String, List<Linearizability.Operation>> histories = new TreeMap<>();
        for (MemberProcess member : all) {
            for (Call call : member.calls()) {
                if (!call.outcome().equals("refused")) {
                    boolean done = call.outcome().equals("done");
                    histories
                            .computeIfAbsent(call.input().split(" ")[1], object -> new ArrayList<>())
                            .add(new Linearizability.Operation(
                                    call.calledAt(), call.returnedAt(), call.input(), done ? call.result() : null));
                }
            }
        }
        return histories;
    }
}
