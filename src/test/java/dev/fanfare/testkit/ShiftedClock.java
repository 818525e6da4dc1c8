package dev.fanfare.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;

/** The time of day of one process, which differs from that of the machine and may be set while the process runs. */
public final class ShiftedClock {

    private static final String SOURCE = "clock.c";

    private final Path library;
    private final Path offset;

    private ShiftedClock(Path library, Path offset) {
        this.library = library;
        this.offset = offset;
    }

    /**
     * So many clocks, set right. Where there is no C compiler the test is skipped and says so.
     *
     * @param folder for their files
     */
    public static List<ShiftedClock> create(Path folder, int count) throws IOException, InterruptedException {
        Path compiler = SystemProgram.find(List.of("gcc", "cc"), "gcc");
        Path library = folder.resolve("clock.so");
        if (!compile(compiler, folder, library) && SystemProgram.install("libc6-dev")) {
            compile(compiler, folder, library);
        }
        Assumptions.assumeTrue(Files.exists(library), () -> compiler + " cannot compile " + SOURCE);
        List<ShiftedClock> clocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ShiftedClock clock = new ShiftedClock(library, folder.resolve("clock" + i));
            clock.set(Duration.ZERO);
            clocks.add(clock);
        }
        return clocks;
    }

    private static boolean compile(Path compiler, Path folder, Path library) throws IOException, InterruptedException {
        Path source = folder.resolve(SOURCE);
        try (InputStream in = ShiftedClock.class.getResourceAsStream('/' + SOURCE)) {
            Files.write(source, Objects.requireNonNull(in).readAllBytes());
        }
        List<String> command = List.of(
                compiler.toString(), "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl");
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }

    /** Sets it by so much ahead of the clock of the machine, or behind. */
    public void set(Duration ahead) throws IOException {
        ByteBuffer seconds = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
        seconds.putLong(ahead.toSeconds()).flip();
        try (FileChannel file = FileChannel.open(offset, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(seconds);
        }
    }

    /** The same place, with this time of day. */
    public Place at(Place place) {
        List<String> command = new ArrayList<>(place.command());
        command.addAll(List.of("env", "LD_PRELOAD=" + library, "CLOCK_OFFSET_FILE=" + offset));
        return new Place(command, place.host(), place.clusterHost(), place.gridPort(), place.busPort());
    }
}
