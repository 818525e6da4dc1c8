package dev.fanfare.core.uri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryParametersTest {

    @Test
    void onlyAmpersandsSeparate() throws MalformedUri {
        QueryParameters query = QueryParameters.parse("room=a;b&&x=1=2&flag&x=");
        assertEquals(Map.of("room", List.of("a;b"), "x", List.of("1=2", ""), "flag", List.of("")), query.asSpelled());
        assertEquals(List.of("room", "x", "flag"), List.copyOf(query.asSpelled().keySet()));
    }

    @Test
    void namesAndValuesAreDecodedOnceAndCompletely() throws MalformedUri {
        QueryParameters query = QueryParameters.parse("%67roup=%2541+%2b%C3%A9%F0%9F%98%80%26");
        assertEquals("%41 +\u00e9\ud83d\ude00&", query.first("group"));
    }

    @Test
    void namesAreComparedWithoutCaseAndKeptAsSpelled() throws MalformedUri {
        QueryParameters query = QueryParameters.parse("A=1&a=2");
        assertEquals(List.of("1", "2"), query.all("a"));
        assertEquals("1", query.first("a"));
        assertEquals("2", query.last("A"));
        assertEquals(Map.of("A", List.of("1"), "a", List.of("2")), query.asSpelled());
    }

    @Test
    void noneIsLostHoweverManyThereAre() throws MalformedUri {
        String raw = IntStream.range(0, 5000).mapToObj(i -> "p" + i + "=" + i).collect(Collectors.joining("&"));
        assertEquals("4999", QueryParameters.parse(raw).first("p4999"));
    }

    @Test
    void nothingHasNoParameters() throws MalformedUri {
        assertEquals(Map.of(), QueryParameters.parse(null).asSpelled());
        assertEquals(Map.of(), QueryParameters.parse("").asSpelled());
        assertNull(QueryParameters.parse("a=1").first("b"));
    }

    @ParameterizedTest
    @CsvSource({
        "x=%, the query has a % that two hexadecimal digits do not follow",
        "x=%4, the query has a % that two hexadecimal digits do not follow",
        "x=%u0041, the query has a % that two hexadecimal digits do not follow",
        "%zz=1, the query has a % that two hexadecimal digits do not follow",
        "x=%ff, the query is not UTF-8 behind its percent-encoding",
        "x=%C0%AF, the query is not UTF-8 behind its percent-encoding",
        "x=%ED%A0%80, the query is not UTF-8 behind its percent-encoding",
        "x=\u00e9, the query has a character that must be percent-encoded",
        "x=a b, the query has a character that must be percent-encoded"
    })
    void whatIsNotEncodedAsItShouldBeIsRefused(String raw, String problem) {
        assertEquals(
                problem,
                assertThrows(MalformedUri.class, () -> QueryParameters.parse(raw))
                        .getMessage());
    }

    @Test
    void valuesDoNotShowInTexts() throws MalformedUri {
        assertFalse(QueryParameters.parse("access_token=secret").toString().contains("secret"));
    }

    @Test
    void aPlusInAPathIsAPlus() throws MalformedUri {
        assertEquals("a+b/c", PercentEncoding.segment("a+b%2Fc"));
    }
}
