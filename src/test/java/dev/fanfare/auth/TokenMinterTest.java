package dev.fanfare.auth;

import static dev.fanfare.auth.Fixture.ACCESS_KEY;
import static dev.fanfare.auth.Fixture.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenMinterTest {

    private static final InstantSource THEN = InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000));
    private static final Duration HOUR = Duration.ofHours(1);

    private final TokenMinter minter = new TokenMinter(ACCESS_KEY, THEN);

    @Test
    void tokensEqualThoseOfServerSdksByteByByte() {
        assertEquals(
                JwtAuthenticatorTest.CLIENT_VECTOR,
                minter.clientToken(
                        "http://localhost:8080",
                        "chat",
                        "alice",
                        List.of("webpubsub.sendToGroup.g1"),
                        List.of("g1"),
                        HOUR));
        assertEquals(
                JwtAuthenticatorTest.API_VECTOR,
                minter.apiToken("http://localhost:8080/api/hubs/chat/:send?api-version=2024-12-01", HOUR));
    }

    @Test
    void mintedTokensAreBelieved() {
        Vertx vertx = Vertx.vertx();
        JwtAuthenticator authenticator = new JwtAuthenticator(
                vertx, Fixture.auth(List.of(ACCESS_KEY)), List.of("wss://host.example"), Fixture.CLOCK);
        String hub = "a`b,c.[d]";
        String anonymous = minter.clientToken("https://host.example/", hub, null, List.of(), List.of(), HOUR);
        String user = minter.clientToken("https://host.example", hub, "Zoë \"x\"", List.of("r"), List.of("g 1"), HOUR);

        assertNull(await(authenticator.authenticateClient(anonymous, hub, Fixture.FROM))
                .userId());
        Principal principal = await(authenticator.authenticateClient(user, hub, Fixture.FROM));
        assertEquals("Zoë \"x\"", principal.userId());
        assertEquals(List.of("r"), principal.roles());
        assertEquals(List.of("g 1"), principal.groups());
        await(authenticator.close());
        await(vertx.close());
    }

    @Test
    void clientsGetAUrlToOpen() {
        assertEquals(
                "wss://host.example/client/hubs/a%2Cb?access_token=t",
                TokenMinter.webSocketUrl("https://host.example/", "a,b", "t"));
        assertEquals(
                "ws://localhost:8080/client/hubs/chat?access_token=t",
                TokenMinter.webSocketUrl("http://localhost:8080", "chat", "t"));
    }

    @Test
    void aTokenThatIsNeverValidIsNotMinted() {
        assertThrows(IllegalArgumentException.class, () -> minter.apiToken("http://h/", Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new TokenMinter("", THEN));
    }
}
