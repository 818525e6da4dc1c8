package dev.fanfare.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicUrlsTest {

    private static final PublicUrls ANY = new PublicUrls(List.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:8080/client/hubs/chat",
                "https://host/client/hubs/chat",
                "HTTPS://HOST/Client/Hubs/CHAT",
                "wss://host/client/hubs/chat",
                "http://host/client/hubs/%63hat",
                "http%3A%2F%2Fhost%2Fclient%2Fhubs%2Fchat"
            })
    void audiencesNameTheHub(String audience) {
        assertEquals(null, ANY.clientProblem(List.of("other", audience), "chat"));
    }

    @Test
    void signsInHubNamesMayBeEscapedOrNot() {
        String hub = "a`b,c.[d]";
        for (String spelling : List.of(hub, "a%60b%2Cc.%5Bd%5D", "A%60b,c.%5bD]")) {
            assertEquals(null, ANY.clientProblem(List.of("http://h/client/hubs/" + spelling), hub));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "chat",
                "/client/hubs/chat",
                "client/hubs/chat",
                "http://host",
                "http://host/",
                "http://host/client/hubs",
                "http://host/client/hubs/",
                "http://host/client/hubs/chat/",
                "http://host/client/hubs/chats",
                "http://host/client/hubs/other",
                "http://host/client/hubs/chat?x=y",
                "http://host/client/hubs/chat#x",
                "http://host//client/hubs/chat",
                "http://host/x/client/hubs/chat",
                "http://host/client%2Fhubs%2Fchat",
                "http://host/client/hubs/%2563hat",
                "http://host/client/hubs/chat%00",
                "http://host/api/hubs/chat",
                "ftp://host/client/hubs/chat",
                "://host/client/hubs/chat",
                "http:/client/hubs/chat",
                "http%zz://host/client/hubs/chat"
            })
    void audiencesNameSomethingElse(String audience) {
        String problem = ANY.clientProblem(List.of(audience), "chat");
        assertNotNull(problem);
        assertTrue(problem.contains("/client/hubs/chat"), problem);
    }

    @Test
    void noAudienceNamesNothing() {
        assertNotNull(ANY.clientProblem(List.of(), "chat"));
    }

    @ParameterizedTest
    @CsvSource({
        "http://h/api/hubs/chat/:send?api-version=1,   /api/hubs/chat/:send?api-version=1",
        "http://h/api/hubs/chat/:send,                 /api/hubs/chat/:send?api-version=1",
        "http://h/api/hubs/chat/:send,                 /api/hubs/chat/:send",
        "HTTP://H/API/hubs/Chat/:send?api-version=1,   /api/hubs/chat/:send?api-version=1",
        "http://h/api/hubs/chat/groups/VIP/:send,      /api/hubs/CHAT/groups/VIP/:send",
        "http://h/api/hubs/chat/groups/%56IP/:send,    /api/hubs/chat/groups/VI%50/:send",
        "http://h/api/hubs/chat/:send?filter=a%26b,    /api/hubs/chat/:send?filter=%61%26b",
        "http://h/api/hubs/chat/%3Asend,               /api/hubs/chat/:send?x=y",
        "http://h/api/hubs/chat/:send,                 /api/hubs/chat/%3asend?x=y",
        "http://h/api/hubs/chat/groups/a b/:send,      /api/hubs/chat/groups/a%20b/:send",
        "http://h/api/hubs/chat/groups/a%3Fb/:send,    /api/hubs/chat/groups/a%3Fb/:send",
        "http://h/api/hubs/chat/groups/a?b/:send,      /api/hubs/chat/groups/a%3Fb/:send",
        "http://h/api/hubs/chat/groups/a%2Fb/:send,    /api/hubs/chat/groups/a%2fb/:send",
        "http://h/api/hubs/chat/groups/a+b/:send,      /api/hubs/chat/groups/a+b/:send",
        "http://h/api/hubs/chat/groups/%ef%bf%bd/:send, /api/hubs/chat/groups/%EF%BF%BD/:send",
        "http://h/api/hubs/chat/groups/100%/:send,     /api/hubs/chat/groups/100%/:send",
        "http://h/api/hubs/chat/:send?filter=a%20b,    /api/hubs/chat/:send?filter=a+b",
        "http://h/api/hubs/chat/:send?filter=a+b,      /api/hubs/chat/:send?filter=a%20b",
        "http://h/api/hubs/chat/:send?filter=100%,     /api/hubs/chat/:send?filter=100%",
        "http%3A%2F%2Fh%2Fapi%2Fhubs%2Fchat%2F%3Asend, /api/hubs/chat/:send"
    })
    void audiencesNameTheRequest(String audience, String request) {
        assertEquals(null, ANY.requestProblem(List.of(audience), request));
    }

    @ParameterizedTest
    @CsvSource({
        "http://h/api/hubs/chat/:send?api-version=2,    /api/hubs/chat/:send?api-version=1",
        "http://h/api/hubs/chat/:send?api-version=1,    /api/hubs/chat/:send",
        "http://h/api/hubs/chat/groups/VIP/:send,       /api/hubs/chat/groups/vip/:send",
        "http://h/api/hubs/chat/groups/%56IP/:send,     /api/hubs/chat/groups/vip/:send",
        "http://h/api/hubs/chat/groups/VIP/:send/,      /api/hubs/chat/groups/VIP/:send",
        "http://h/api/hubs/chat/groups/VIP/:send,       /api/hubs/chat/groups/VIP/:send/",
        "http://h/api/hubs/chat/groups/VIP/:send,       /api/hubs/chat/groups//VIP/:send",
        "http://h/api/hubs/chat/users/Alice/:send,      /api/hubs/chat/users/alice/:send",
        "http://h/api/hubs/chat/connections/aB,         /api/hubs/chat/connections/ab",
        "http://h/api/hubs/chat/:generateToken?userId=A, /api/hubs/chat/:generateToken?userId=a",
        "http://h/api/hubs/chat/:send?filter=a%26x=b,   /api/hubs/chat/:send?filter=a&x=b",
        "http://h/api/hubs/chat/:send?filter=a&x=b,     /api/hubs/chat/:send?filter=a%26x=b",
        "http://h/api/hubs/chat/:send?filter=a%2Bb,     /api/hubs/chat/:send?filter=a+b",
        "http://h/api/hubs/chat/:send?filter=a+b,       /api/hubs/chat/:send?filter=a%2Bb",
        "http://h/api/hubs/chat/:send?x&filter=x&filter, /api/hubs/chat/:send?x=filter&x=filter",
        "http://h/api/hubs/chat/:send?x&filter,         /api/hubs/chat/:send?x=filter",
        "http://h/api/hubs/chat/:send?x=1&x=2,          /api/hubs/chat/:send?x=2&x=1",
        "http://h/api/hubs/chat/:send?x=a b,            /api/hubs/chat/:send?x=a%20b",
        "http://h/api/hubs/chat/:send?x=%FF,            /api/hubs/chat/:send?x=%FE",
        "http://h/api/hubs/chat/,                       /api/hubs/chat",
        "http://h/api/hubs/chat,                        /api/hubs/chat/:send",
        "http://h/api/hubs/chat/:send,                  /api/hubs/other/:send",
        "http://h/api/hubs/chat/groups/a/b/:send,       /api/hubs/chat/groups/a%2Fb/:send",
        "http://h/api/hubs/chat/groups/a%2Fb/:send,     /api/hubs/chat/groups/a/b/:send",
        "http://h/api/hubs/chat/groups/a+b/:send,       /api/hubs/chat/groups/a%20b/:send",
        "http://h/api/hubs/chat/groups/%FF/:send,       /api/hubs/chat/groups/%FE/:send",
        "http://h/api/hubs/chat/../other/:send,         /api/hubs/other/:send",
        "http://h,                                      /api/hubs/chat/:send",
        "/api/hubs/chat/:send,                          /api/hubs/chat/:send"
    })
    void audiencesNameAnotherRequest(String audience, String request) {
        assertNotNull(ANY.requestProblem(List.of(audience), request));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://fanfare.example.com",
                "https://fanfare.example.com:443/",
                "wss://Fanfare.example.com",
                "WSS://fanfare.example.com/"
            })
    void publicEndpointsHaveSeveralSpellings(String endpoint) {
        PublicUrls urls = new PublicUrls(List.of("http://localhost:8080", endpoint));

        for (String known :
                List.of("https://fanfare.example.com", "https://FANFARE.example.com:443", "http://localhost:8080")) {
            assertEquals(null, urls.clientProblem(List.of(known + "/client/hubs/chat"), "chat"), known);
            assertEquals(null, urls.requestProblem(List.of(known + "/api/x"), "/api/x"), known);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://fanfare.example.com",
                "https://fanfare.example.com:8443",
                "https://fanfare.example.com.evil.example",
                "https://fanfare.example.com@evil.example",
                "https://evil.example",
                "https://"
            })
    void otherHostsAndSchemesAreRefusedWherePublicEndpointsAreKnown(String endpoint) {
        PublicUrls urls = new PublicUrls(List.of("https://fanfare.example.com"));

        String problem = urls.clientProblem(List.of(endpoint + "/client/hubs/chat"), "chat");

        assertNotNull(problem);
        assertTrue(problem.contains("publicEndpoints"), problem);
    }
}
