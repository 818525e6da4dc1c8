package dev.fanfare.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.AzureKeyCredential;
import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.netty.NettyAsyncHttpClientBuilder;
import com.azure.core.http.rest.RequestOptions;
import com.azure.core.util.BinaryData;
import com.azure.messaging.webpubsub.WebPubSubServiceClient;
import com.azure.messaging.webpubsub.WebPubSubServiceClientBuilder;
import com.azure.messaging.webpubsub.models.GetClientAccessTokenOptions;
import com.azure.messaging.webpubsub.models.WebPubSubContentType;
import com.azure.messaging.webpubsub.models.WebPubSubPermission;
import dev.fanfare.testkit.BrokerProcess;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestIssuer;
import java.io.IOException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http11SslContextSpec;

/** Every operation of the Java server SDK, and what connected clients notice of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class JavaSdkIT {

    private static final String USERS_FILTER = "userId ne null";

    private final List<Receiver> receivers = new ArrayList<>();
    private final TestIssuer issuer = new TestIssuer();
    private BrokerProcess broker;
    private int hubs;
    private WebPubSubServiceClient hub;

    @BeforeAll
    void start() throws IOException {
        Map<String, String> settings = new HashMap<>(TestCertificate.get().brokerSettings());
        settings.putAll(issuer.brokerSettings("server"));
        broker = BrokerProcess.start(settings);
    }

    @AfterAll
    void stop() throws IOException {
        broker.close();
    }

    @BeforeEach
    void useAnotherHub() {
        hub = builder().connectionString(broker.connectionString()).buildClient();
    }

    @AfterEach
    void disconnect() throws IOException {
        for (Receiver receiver : receivers) {
            receiver.close();
        }
        receivers.clear();
    }

    @Test
    void sendsToAllOrSomeOrAllButSome() throws IOException {
        Receiver alice = connect(user("alice"));
        Receiver nobody = connect(anybody());

        hub.sendToAll("{\"x\": [1, null]}", WebPubSubContentType.APPLICATION_JSON);
        hub.sendToAllWithResponse(
                BinaryData.fromBytes(new byte[] {0, -1}), WebPubSubContentType.APPLICATION_OCTET_STREAM, 2, none());
        hub.sendToAllWithResponse(text("excluded"), options("text/plain").addQueryParam("excluded", alice.id()));
        hub.sendToAllWithResponse(text("filtered"), options("text/plain").addQueryParam("filter", USERS_FILTER));
        hub.sendToAllWithResponse(text("ttl"), options("text/plain").addQueryParam("messageTtlSeconds", "60"));

        assertEquals(
                List.of(
                        server("json", "{\"x\": [1, null]}"),
                        server("binary", "\"AP8=\""),
                        server("text", "\"filtered\""),
                        server("text", "\"ttl\"")),
                alice.received(hub));
        assertEquals(
                List.of(
                        server("json", "{\"x\": [1, null]}"),
                        server("binary", "\"AP8=\""),
                        server("text", "\"excluded\""),
                        server("text", "\"ttl\"")),
                nobody.received(hub));
    }

    @Test
    void sendsToAGroup() throws IOException {
        String group = "a group/with ü&?#%+";
        Receiver member = connect(user("alice").addGroup(group));
        Receiver excluded = connect(anybody().addGroup(group));
        Receiver stranger = connect(anybody());

        hub.sendToGroup(group, "grüße", WebPubSubContentType.TEXT_PLAIN);
        hub.sendToGroupWithResponse(
                group, text("excluded"), options("text/plain").addQueryParam("excluded", excluded.id()));
        hub.sendToGroupWithResponse(
                group, text("filtered"), options("text/plain").addQueryParam("filter", "userId eq null"));

        assertEquals(List.of(text(group, "grüße"), text(group, "excluded")), member.received(hub));
        assertEquals(List.of(text(group, "grüße"), text(group, "filtered")), excluded.received(hub));
        assertEquals(List.of(), stranger.received(hub));
    }

    @Test
    void sendsToAUserAndToAConnection() throws IOException {
        Receiver first = connect(user("a/b ü"));
        Receiver second = connect(user("a/b ü"));
        Receiver bob = connect(user("bob"));

        hub.sendToUser("a/b ü", "1", WebPubSubContentType.APPLICATION_JSON);
        hub.sendToUserWithResponse("a/b ü", text("none"), options("text/plain").addQueryParam("filter", "false"));
        hub.sendToConnection(second.id(), "2", WebPubSubContentType.APPLICATION_JSON);

        assertEquals(List.of(server("json", "1")), first.received(hub));
        assertEquals(List.of(server("json", "1"), server("json", "2")), second.received(hub));
        assertEquals(List.of(), bob.received(hub));
    }

    @Test
    void sendingToThoseWhoAreNotThereIsAccepted() {
        hub.sendToAll("1", WebPubSubContentType.APPLICATION_JSON);
        hub.sendToGroup("none", "1", WebPubSubContentType.APPLICATION_JSON);
        hub.sendToUser("nobody", "1", WebPubSubContentType.APPLICATION_JSON);
        hub.sendToConnection("none", "1", WebPubSubContentType.APPLICATION_JSON);
    }

    @Test
    void saysWhatExists() throws IOException {
        assertFalse(hub.userExistsWithResponse("alice", none()).getValue());
        assertFalse(hub.groupExistsWithResponse("g", none()).getValue());
        assertFalse(hub.connectionExistsWithResponse("none", none()).getValue());

        Receiver alice = connect(user("alice").addGroup("g"));

        assertTrue(hub.userExistsWithResponse("alice", none()).getValue());
        assertTrue(hub.groupExistsWithResponse("g", none()).getValue());
        assertTrue(hub.connectionExistsWithResponse(alice.id(), none()).getValue());
    }

    @Test
    void addsAndRemovesConnections() throws IOException {
        Receiver member = connect(anybody());

        hub.addConnectionToGroupWithResponse("g", member.id(), none());
        sendToGroups("1", "g");
        hub.removeConnectionFromGroupWithResponse("g", member.id(), none());
        sendToGroups("2", "g");
        hub.removeConnectionFromGroupWithResponse("g", "none", none());

        assertEquals(List.of(json("g", "1")), member.received(hub));
        assertThrows(ResourceNotFoundException.class, () -> hub.addConnectionToGroupWithResponse("g", "none", none()));
    }

    @Test
    void addsAndRemovesUsers() throws IOException {
        Receiver first = connect(user("alice"));
        Receiver second = connect(user("alice"));
        Receiver bob = connect(user("bob"));

        hub.addUserToGroupWithResponse("g", "alice", none());
        sendToGroups("1", "g");
        hub.removeUserFromGroupWithResponse("g", "alice", none());
        sendToGroups("2", "g");

        assertEquals(List.of(json("g", "1")), first.received(hub));
        assertEquals(List.of(json("g", "1")), second.received(hub));
        assertEquals(List.of(), bob.received(hub));
    }

    @Test
    void removesFromAllGroups() throws IOException {
        Receiver connection = connect(user("alice").addGroup("g1").addGroup("g2"));
        Receiver user = connect(user("alice").addGroup("g1").addGroup("g2"));

        hub.removeConnectionFromAllGroupsWithResponse(connection.id(), none());
        sendToGroups("1", "g1", "g2");
        hub.removeUserFromAllGroupsWithResponse("alice", none());
        sendToGroups("2", "g1", "g2");

        assertEquals(List.of(), connection.received(hub));
        assertEquals(List.of(json("g1", "1"), json("g2", "1")), user.received(hub));
    }

    @Test
    void addsTheConnectionsThatAFilterChooses() throws IOException {
        Receiver alice = connect(user("alice"));
        Receiver nobody = connect(anybody());

        hub.addConnectionsToGroups(List.of("g1", "g2"), USERS_FILTER);
        sendToGroups("1", "g1", "g2");

        assertEquals(List.of(json("g1", "1"), json("g2", "1")), alice.received(hub));
        assertEquals(List.of(), nobody.received(hub));
        HttpResponseException refused =
                assertThrows(HttpResponseException.class, () -> hub.addConnectionsToGroups(List.of("g"), "userId eq"));
        assertEquals(400, refused.getResponse().getStatusCode());
    }

    @Test
    void closesAConnectionAndSaysWhy() throws IOException {
        Receiver closed = connect(anybody());

        hub.closeConnectionWithResponse(closed.id(), none().addQueryParam("reason", "a reason"));

        assertEquals(farewell("a reason"), closed.farewell());
        assertFalse(hub.connectionExistsWithResponse(closed.id(), none()).getValue());
        hub.closeConnectionWithResponse(closed.id(), none());
    }

    @Test
    void closesTheConnectionsOfUsersAndGroupsAndAll() throws IOException {
        Receiver alice = connect(user("alice"));
        Receiver member = connect(anybody().addGroup("g"));
        Receiver last = connect(anybody());
        Receiver spared = connect(user("alice").addGroup("g"));

        hub.closeUserConnectionsWithResponse("alice", excluding(spared, "user"));
        assertEquals(farewell("user"), alice.farewell());
        hub.closeGroupConnectionsWithResponse("g", excluding(spared, "group"));
        assertEquals(farewell("group"), member.farewell());
        hub.closeAllConnectionsWithResponse(excluding(spared, "all"));
        assertEquals(farewell("all"), last.farewell());
        assertEquals(List.of(), spared.received(hub));
    }

    @Test
    void grantsChecksAndRevokesPermissions() throws IOException {
        Receiver client = connect(anybody());
        RequestOptions g = none().addQueryParam("targetName", "g");
        Map<WebPubSubPermission, String> frames = Map.of(
                WebPubSubPermission.JOIN_LEAVE_GROUP, "{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":%d}",
                WebPubSubPermission.SEND_TO_GROUP,
                        "{\"type\":\"sendToGroup\",\"group\":\"g\",\"data\":1,\"noEcho\":true,\"ackId\":%d}");

        int ackId = 0;
        for (Map.Entry<WebPubSubPermission, String> frame : frames.entrySet()) {
            WebPubSubPermission permission = frame.getKey();
            assertFalse(
                    hub.checkPermissionWithResponse(permission, client.id(), g).getValue());
            assertTrue(client.ask(frame.getValue().formatted(++ackId)).contains("\"Forbidden\""));

            hub.grantPermissionWithResponse(permission, client.id(), g);
            assertTrue(
                    hub.checkPermissionWithResponse(permission, client.id(), g).getValue());
            assertTrue(client.ask(frame.getValue().formatted(++ackId)).contains("\"success\":true"));

            hub.revokePermissionWithResponse(permission, client.id(), g);
            assertFalse(
                    hub.checkPermissionWithResponse(permission, client.id(), g).getValue());
            assertTrue(client.ask(frame.getValue().formatted(++ackId)).contains("\"Forbidden\""));
        }
        assertThrows(
                ResourceNotFoundException.class,
                () -> hub.grantPermissionWithResponse(WebPubSubPermission.SEND_TO_GROUP, "none", g));
    }

    @Test
    void aWrongKeyOpensNothing() {
        WebPubSubServiceClient stranger = builder()
                .endpoint(broker.endpoint().toString())
                .credential(new AzureKeyCredential("not the key, though it is long enough for one"))
                .buildClient();

        assertThrows(
                ClientAuthenticationException.class,
                () -> stranger.sendToAll("1", WebPubSubContentType.APPLICATION_JSON));
        assertThrows(ClientAuthenticationException.class, () -> stranger.userExistsWithResponse("alice", none()));
    }

    @Test
    void anIdentityProviderVouchesForAServerThatRequestsTokens() throws IOException {
        AccessToken token = new AccessToken(
                issuer.token("server", Duration.ofHours(1), "server"),
                OffsetDateTime.now(ZoneOffset.UTC).plusHours(1));
        hub = builder()
                .endpoint(broker.tlsEndpoint().toString())
                .credential(request -> Mono.just(token))
                .httpClient(trustingTheTestCertificate())
                .buildClient();

        try (Receiver receiver = Receiver.connect(
                hub, user("alice").addGroup("g"), TestCertificate.get().clientContext())) {
            sendToGroups("1", "g");

            assertEquals(List.of(json("g", "1")), receiver.received(hub));
            assertTrue(hub.userExistsWithResponse("alice", none()).getValue());
        }
    }

    private WebPubSubServiceClientBuilder builder() {
        return new WebPubSubServiceClientBuilder().hub("Hub" + ++hubs);
    }

    private static HttpClient trustingTheTestCertificate() {
        Http11SslContextSpec trust = Http11SslContextSpec.forClient()
                .configure(builder -> builder.trustManager(
                        TestCertificate.get().certificateFile().toFile()));
        return new NettyAsyncHttpClientBuilder(
                        reactor.netty.http.client.HttpClient.create().secure(tls -> tls.sslContext(trust)))
                .build();
    }

    private Receiver connect(GetClientAccessTokenOptions token) throws IOException {
        Receiver receiver = Receiver.connect(hub, token, null);
        receivers.add(receiver);
        return receiver;
    }

    private void sendToGroups(String json, String... groups) {
        for (String group : groups) {
            hub.sendToGroup(group, json, WebPubSubContentType.APPLICATION_JSON);
        }
    }

    private static GetClientAccessTokenOptions anybody() {
        return new GetClientAccessTokenOptions();
    }

    private static GetClientAccessTokenOptions user(String userId) {
        return anybody().setUserId(userId);
    }

    private static BinaryData text(String text) {
        return BinaryData.fromString(text);
    }

    private static RequestOptions none() {
        return new RequestOptions();
    }

    private static RequestOptions options(String contentType) {
        return none().setHeader(HttpHeaderName.CONTENT_TYPE, contentType);
    }

    private static RequestOptions excluding(Receiver spared, String reason) {
        return none().addQueryParam("excluded", spared.id()).addQueryParam("reason", reason);
    }

    private static String server(String dataType, String data) {
        return "{\"type\":\"message\",\"from\":\"server\",\"dataType\":\"" + dataType + "\",\"data\":" + data + "}";
    }

    private static String text(String group, String text) {
        return "{\"type\":\"message\",\"from\":\"group\",\"group\":\"" + group + "\",\"dataType\":\"text\",\"data\":\""
                + text + "\"}";
    }

    private static String json(String group, String json) {
        return "{\"type\":\"message\",\"from\":\"group\",\"group\":\"" + group + "\",\"dataType\":\"json\",\"data\":"
                + json + "}";
    }

    private static List<String> farewell(String reason) {
        return List.of(
                "{\"type\":\"system\",\"event\":\"disconnected\",\"message\":\"" + reason + "\"}", "1000 " + reason);
    }
}
