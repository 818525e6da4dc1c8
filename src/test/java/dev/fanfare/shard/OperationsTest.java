package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permission;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.filter.FilterParser;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.socket.FakeSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Operations of servers across all shards of a node. */
class OperationsTest {

    private static final Operation COUNT = new Operation.Count();
    private static final Selector HUB = Selector.hub(Shards.HUB);

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    private final List<FakeSocket> sockets = new ArrayList<>();

    /** Two connections of alice, two of bob, one without a user; on three shards. */
    @BeforeEach
    void start() throws Exception {
        shards = new Shards(3, d -> new Shards.Limits(0, 3, 10_000, 10_000, 1000, 1_000_000));
        String[] users = {"alice", "bob", "alice", "bob", null};
        for (int i = 0; i < users.length; i++) {
            FakeSocket socket = shards.open(i % 3, Subprotocol.JSON, users[i], "all");
            await().until(() -> !socket.frames().isEmpty());
            sockets.add(socket);
        }
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    private int count(Selector target) throws Exception {
        return shards.ask(target, COUNT).matched();
    }

    private String id(int index) {
        return Shards.connectionId(sockets.get(index));
    }

    private static Selector group(String name) {
        return Selector.group(Shards.HUB, name);
    }

    @Test
    void selectorsChooseByHubUserGroupAndConnection() throws Exception {
        assertEquals(5, count(HUB));
        assertEquals(0, count(Selector.hub("other")));
        assertEquals(2, count(Selector.user(Shards.HUB, "alice")));
        assertEquals(0, count(Selector.user(Shards.HUB, "carol")));
        assertEquals(5, count(group("all")));
        assertEquals(0, count(group("none")));
        assertEquals(1, count(Selector.connection(Shards.HUB, id(4))));
        assertEquals(0, count(Selector.connection("other", id(4))));
    }

    @Test
    void filtersAndExclusionsNarrowTheChoice() throws Exception {
        Selector alices = HUB.where(FilterParser.parse("userId eq 'alice'"));
        assertEquals(2, count(alices));
        assertEquals(1, count(alices.without(Set.of(id(0), id(1)))));
        assertEquals(1, count(group("all").where(FilterParser.parse("userId eq null"))));
        shards.origin().publish(alices.without(Set.of(id(0))), Shards.text("hello"));
        await().until(() -> sockets.get(2).frames().size() == 2);
        await().until(() -> shards.broker.inFlightBytes() == 0);
        assertEquals(1, sockets.get(0).frames().size());
        assertEquals(1, sockets.get(1).frames().size());
    }

    @Test
    void aConnectionThatWasAddedToAGroupHearsOfItAtOnce() throws Exception {
        OperationResult operationResult =
                shards.ask(Selector.user(Shards.HUB, "bob"), new Operation.AddToGroups(List.of("g", "h")));
        assertEquals(2, operationResult.matched());
        shards.origin().publish(group("h"), Shards.text("hello"));
        await().until(() ->
                sockets.get(1).frames().size() == 2 && sockets.get(3).frames().size() == 2);
        assertEquals(2, count(group("g")));
    }

    @Test
    void addingNobodyOrToNothingIsNoError() throws Exception {
        OperationResult nobody =
                shards.ask(Selector.user(Shards.HUB, "carol"), new Operation.AddToGroups(List.of("g")));
        assertEquals(OperationResult.NONE, nobody);
        assertEquals(5, shards.ask(HUB, new Operation.AddToGroups(List.of())).matched());
    }

    @Test
    void whoIsAtTheLimitIsReportedAndTheOthersAreAdded() throws Exception {
        shards.ask(Selector.connection(Shards.HUB, id(0)), new Operation.AddToGroups(List.of("b", "c")));
        OperationResult operationResult = shards.ask(HUB, new Operation.AddToGroups(List.of("d")));
        assertEquals(ErrorCode.CONFLICT, operationResult.error());
        assertEquals(5, operationResult.matched());
        assertEquals(4, count(group("d")));
        assertNull(shards.ask(Selector.connection(Shards.HUB, id(0)), new Operation.AddToGroups(List.of("b")))
                .error());
    }

    @Test
    void aGroupThatCannotBeRegisteredIsAFaultAndNobodyStaysInIt() throws Exception {
        int slot = shards.broker.groupSlot(Shards.HUB, "g");
        shards.subscriptions.fail(each -> each == slot);
        OperationResult operationResult = shards.ask(HUB, new Operation.AddToGroups(List.of("g")));
        assertEquals(ErrorCode.INTERNAL, operationResult.error());
        assertEquals(0, count(group("g")));
    }

    @Test
    void removingIsIdempotent() throws Exception {
        Operation remove = new Operation.RemoveFromGroups(List.of("all", "none"));
        assertEquals(2, shards.ask(Selector.user(Shards.HUB, "alice"), remove).matched());
        assertEquals(2, shards.ask(Selector.user(Shards.HUB, "alice"), remove).matched());
        assertEquals(3, count(group("all")));
        shards.ask(HUB, new Operation.RemoveFromAllGroups());
        assertEquals(0, count(group("all")));
        assertEquals(0, shards.groups.size());
        assertEquals(5, count(HUB));
    }

    @Test
    void aListingGoesOnBehindTheLastId() throws Exception {
        List<String> ids = sockets.stream().map(Shards::connectionId).sorted().toList();
        List<String> listed = new ArrayList<>();
        String after = null;
        for (int page = 0; page < 3; page++) {
            List<OperationResult.Member> members = shards.ask(group("all"), new Operation.ListMembers(after, 2))
                    .members();
            members.forEach(member -> listed.add(member.connectionId()));
            after = listed.get(listed.size() - 1);
        }
        assertEquals(ids, listed);
        assertEquals(
                List.of(),
                shards.ask(group("all"), new Operation.ListMembers(after, 2)).members());
    }

    @Test
    void permissionsAreGrantedAndRevokedForOneGroup() throws Exception {
        Selector one = Selector.connection(Shards.HUB, id(0));
        Operation may = new Operation.CountPermitted(Permission.SEND_TO_GROUP, "g");
        assertEquals(1, shards.ask(one, may).matched());
        shards.ask(one, new Operation.Revoke(Permission.SEND_TO_GROUP, "g"));
        assertEquals(0, shards.ask(one, may).matched());
        assertEquals(4, shards.ask(HUB, may).matched());
        shards.ask(one, new Operation.Grant(Permission.SEND_TO_GROUP, "g"));
        assertEquals(1, shards.ask(one, may).matched());
    }

    @Test
    void rulesAreLimited() throws Exception {
        Selector one = Selector.connection(Shards.HUB, id(0));
        for (int i = 0; i < Permissions.MAX_RULES; i++) {
            assertNull(shards.ask(one, new Operation.Grant(Permission.SEND_TO_GROUP, "g" + i))
                    .error());
        }
        assertEquals(
                ErrorCode.CONFLICT,
                shards.ask(one, new Operation.Grant(Permission.SEND_TO_GROUP, "one more"))
                        .error());
    }

    @Test
    void closingEndsWhoIsMeantAndNobodyElse() throws Exception {
        Operation close = new Operation.Close(CloseReason.CLOSED_BY_API, "enough");
        assertEquals(2, shards.ask(Selector.user(Shards.HUB, "alice"), close).matched());
        await().until(() -> sockets.get(0).closeCode() == 1000 && sockets.get(2).closeCode() == 1000);
        assertEquals(0, sockets.get(1).closeCode());
        assertEquals(3, count(HUB));
        assertTrue(sockets.get(0).frames().get(1).contains("enough"));
    }
}
