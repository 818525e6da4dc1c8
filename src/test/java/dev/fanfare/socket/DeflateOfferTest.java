package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Offers of compression, case by case from {@code deflate-offers.txt}. */
class DeflateOfferTest {

    private static final String BEGIN = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    static Stream<String> cases() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(DeflateOfferTest.class.getResourceAsStream("/deflate-offers.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void offersAreAnsweredAsTheFileSays(String line) {
        int arrow = line.indexOf("=>");
        List<String> header = List.of(line.substring(0, arrow).strip());
        String expected = line.substring(arrow + 2).strip();
        switch (expected) {
            case "malformed" -> assertThrows(IllegalArgumentException.class, () -> DeflateOffer.answer(header));
            case "none" -> assertEquals(null, DeflateOffer.answer(header));
            default -> assertEquals(BEGIN + expected, DeflateOffer.answer(header));
        }
    }

    @Test
    void theFirstOfSeveralHeadersThatCanBeHonouredIsAnswered() {
        assertEquals(null, DeflateOffer.answer(List.of()));
        assertEquals(
                BEGIN + "; server_max_window_bits=15",
                DeflateOffer.answer(List.of(
                        "permessage-deflate; server_max_window_bits=9",
                        "permessage-deflate; server_max_window_bits=15",
                        "permessage-deflate")));
    }
}
