package dev.fanfare.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What fuzzing starts from, what it found earlier ({@code src/test/resources/fuzz/<target>/*.hex}), and some mutations. {@code
 * mvn -P fuzz test} goes on from there.
 */
@Tag("attack")
class FuzzSeedsTest {

    private static final Path FOUND = Path.of("src/test/resources/fuzz");
    private static final int MUTATIONS = 300;

    @ParameterizedTest
    @EnumSource
    void seedsAndEarlierFindingsAreHandled(FuzzTarget target) throws IOException {
        List<byte[]> inputs = new ArrayList<>(target.seeds());
        assertTrue(inputs.size() > 2, "seeds");
        inputs.addAll(found(target));
        inputs.forEach(input -> run(target, input));
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] input = inputs.get(random.nextInt(inputs.size())).clone();
            for (int change = random.nextInt(4); change >= 0 && input.length > 0; change--) {
                input[random.nextInt(input.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            }
            run(target, random.nextInt(4) == 0 ? Arrays.copyOf(input, random.nextInt(input.length + 1)) : input);
        }
    }

    private static void run(FuzzTarget target, byte[] input) {
        try {
            target.run(input);
        } catch (RuntimeException | Error e) {
            throw new AssertionError(target + " " + HexFormat.of().formatHex(input), e);
        }
    }

    private static List<byte[]> found(FuzzTarget target) throws IOException {
        Path folder = FOUND.resolve(target.folder());
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<byte[]> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                found.add(HexFormat.of().parseHex(Files.readString(file).strip()));
            }
        }
        return found;
    }
}
