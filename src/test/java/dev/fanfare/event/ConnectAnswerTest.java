package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectAnswerTest {

    @Test
    void nothingChangesNothing() throws Exception {
        assertEquals(ConnectAnswer.UNCHANGED, parse(""));
        assertEquals(ConnectAnswer.UNCHANGED, parse(" \r\n"));
        assertEquals(ConnectAnswer.UNCHANGED, parse("null"));
        assertEquals(ConnectAnswer.UNCHANGED, parse("{}"));
        assertEquals(
                ConnectAnswer.UNCHANGED,
                parse("{\"userId\":null,\"groups\":null,\"roles\":null,\"subprotocol\":null,\"more\":[1]}"));
    }

    @Test
    void namesAreComparedWithoutCase() throws Exception {
        assertEquals(
                new ConnectAnswer("u", List.of("g"), List.of("r"), "s"),
                parse("{\"USERID\":\"u\",\"Groups\":[\"g\"],\"roles\":[\"r\"],\"subProtocol\":\"s\"}"));
    }

    @Test
    void noRolesAreRolesButNoGroupsAreNone() throws Exception {
        assertEquals(
                new ConnectAnswer("", null, List.of(), null), parse("{\"userId\":\"\",\"groups\":[],\"roles\":[]}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{} {}",
                "null 1",
                "{\"userId\":\"secret\",\"userId\":\"secret\"}",
                "{\"userId\":\"secret\",\"USERID\":null}",
                "{\"more\":{\"a\":1,\"a\":2}}",
                "[]",
                "1",
                "\"secret\"",
                "{",
                "<html>",
                "{\"userId\":1}",
                "{\"groups\":\"secret\"}",
                "{\"groups\":[1]}",
                "{\"roles\":[null]}",
                "{\"subprotocol\":[]}"
            })
    void otherThingsAreNoAnswer(String body) {
        ConnectAnswer.MalformedAnswer refused = assertThrows(ConnectAnswer.MalformedAnswer.class, () -> parse(body));
        assertEquals(-1, String.valueOf(refused.getMessage()).indexOf("secret"));
    }

    private static ConnectAnswer parse(String body) throws ConnectAnswer.MalformedAnswer {
        return ConnectAnswer.parse(body);
    }
}
