package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreflightTest {

    private final List<HttpMethod> asked = new ArrayList<>();
    private final List<Exchange.Response> answers = new ArrayList<>();
    private final Preflight preflight = new Preflight("host.example", method -> {
        asked.add(method);
        return Future.succeededFuture(answers.remove(0));
    });

    @ParameterizedTest
    @CsvSource({
        "*, true",
        "host.example, true",
        "HOST.example, true",
        "host.example:8080, true",
        "'other.example, host.example', true",
        "'other.example,*', true",
        "other.example, false",
        "x.host.example, false",
        "host.example.org, false",
        "'', false"
    })
    void whoIsNamedIsAllowed(String header, boolean expected) {
        assertEquals(expected, Preflight.allows("host.example", List.of(header)));
        assertEquals(expected, Preflight.allows("host.example", List.of("nobody", header)));
    }

    @Test
    void aYesHoldsAndANoDoesNot() {
        answer(200, "nobody");
        answer(200, "*");
        assertEquals(Metrics.EventOutcome.HANDSHAKE_REFUSED, outcome());
        assertTrue(preflight.passed().succeeded());
        assertTrue(preflight.passed().succeeded());
        assertEquals(List.of(HttpMethod.OPTIONS, HttpMethod.OPTIONS), asked);
    }

    @Test
    void whoDoesNotKnowOptionsIsAskedWithGet() {
        answer(404, "");
        answer(204, "*");
        assertTrue(preflight.passed().succeeded());
        assertEquals(List.of(HttpMethod.OPTIONS, HttpMethod.GET), asked);
    }

    @ParameterizedTest
    @CsvSource({"403, HANDSHAKE_REFUSED", "405, HANDSHAKE_REFUSED", "302, REDIRECTED", "408, REFUSED", "503, FAILED"})
    void aStatusSaysWhetherItMayPass(int status, Metrics.EventOutcome expected) {
        answer(status, "*");
        assertEquals(expected, outcome());
    }

    private void answer(int status, String allowed) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("WebHook-Allowed-Origin", allowed);
        answers.add(new Exchange.Response(status, headers, Buffer.buffer()));
    }

    private Metrics.EventOutcome outcome() {
        return assertInstanceOf(EventException.class, preflight.passed().cause())
                .outcome();
    }
}
