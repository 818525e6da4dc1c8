package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class JvmOptionsIT {

    @Test
    void thisMachineTakesTheOptionsWithoutAWord() throws Exception {
        try (JavaProcess process = JavaProcess.start(List.of("@conf/jvm.options"), Encoding.class)) {
            assertEquals("UTF-8", process.line());
            assertEquals(0, process.exitCode());
            assertEquals("", process.err());
        }
    }

    /** Prints what the options asked for. */
    static final class Encoding {
        public static void main(String... arguments) {
            System.out.println(System.getProperty("file.encoding"));
        }
    }
}
