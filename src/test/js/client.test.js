// The client SDK, with each of its protocols.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebPubSubJsonProtocol } from "@azure/web-pubsub-client";
import { ALL_GROUPS, Client, PROTOCOLS, eventually, newHub } from "./broker.js";

const DATA = [
  ["text", "grüße, 世界 \u{1F389} \"quoted\" \\ \u0000"],
  ["text", ""],
  ["json", { nested: [1, 2.5, -3e10, true, false, null, "x"], empty: {} }],
  ["json", [1, [2]]],
  ["json", "a string"],
  ["json", 42],
  ["json", false],
  ["binary", Uint8Array.from({ length: 256 }, (_, i) => i).buffer],
  ["binary", new ArrayBuffer(0)],
  // A google.protobuf.Any: a type URL and a value.
  ["protobuf", Uint8Array.of(0x0a, 3, 0x78, 0x2f, 0x79, 0x12, 2, 8, 1).buffer],
];

const QUICK_RETRIES = { maxRetries: 3, retryDelayInMs: 10 };

for (const protocol of PROTOCOLS) {
  describe(protocol.name, { concurrency: 4 }, () => {
    const connect = (t, hub, token, options) => Client.connect(t, hub, token, { protocol, ...options });

    test("connected says who the client is", async (t) => {
      const hub = newHub();
      const alice = await connect(t, hub, { userId: "alice ü" });
      const nobody = await connect(t, hub);

      assert.equal(alice.userId, "alice ü");
      assert.ok(alice.id);
      assert.equal(nobody.userId ?? null, null);
      assert.notEqual(nobody.id, alice.id);
    });

    test("a token that is not valid does not start", async (t) => {
      const { url } = await newHub().getClientAccessToken();
      const client = new Client(t, url.slice(0, -8), { protocol });

      await assert.rejects(client.sdk.start());
    });

    test("members receive what others publish, until they leave", async (t) => {
      const hub = newHub();
      const member = await connect(t, hub, { roles: ALL_GROUPS });
      const publisher = await connect(t, hub, { userId: "bob", roles: ALL_GROUPS });
      const group = "a group/with ü&?#%";

      await member.sdk.joinGroup(group);
      await member.sdk.joinGroup(group);
      await publisher.sdk.sendToGroup(group, "first", "text");
      const message = await member.nextMessage("group");
      assert.equal(message.group, group);
      assert.equal(message.fromUserId, "bob");
      assert.equal(message.dataType, "text");
      assert.equal(message.data, "first");

      await member.sdk.leaveGroup(group);
      await member.sdk.leaveGroup(group);
      await publisher.sdk.sendToGroup(group, "second", "text");
      assert.deepEqual(await member.received(hub), []);
      assert.deepEqual(await publisher.received(hub), []);
    });

    test("every type of data arrives as it was", async (t) => {
      const hub = newHub();
      const member = await connect(t, hub, { groups: ["g"] });
      const publisher = await connect(t, hub, { roles: ["webpubsub.sendToGroup.g"] });

      for (const [dataType, data] of DATA) {
        await publisher.sdk.sendToGroup("g", data, dataType);
        const message = await member.nextMessage("group");
        assert.equal(message.dataType, dataType);
        assert.deepEqual(message.data, data);
      }
    });

    test("data passes between the protocols", async (t) => {
      const hub = newHub();
      const members = await Promise.all(
        PROTOCOLS.map((spoken) => Client.connect(t, hub, { groups: ["g"] }, { protocol: spoken })),
      );
      const publisher = await connect(t, hub, { roles: ALL_GROUPS });

      await publisher.sdk.sendToGroup("g", { n: 1 }, "json", { fireAndForget: true });
      for (const member of members) {
        assert.deepEqual((await member.nextMessage("group")).data, { n: 1 });
      }
    });

    test("noEcho spares the publisher and nobody else", async (t) => {
      const hub = newHub();
      const token = { userId: "alice", roles: ALL_GROUPS, groups: ["g"] };
      const publisher = await connect(t, hub, token);
      const sameUser = await connect(t, hub, token);

      await publisher.sdk.sendToGroup("g", 1, "json", { noEcho: true });
      await publisher.sdk.sendToGroup("g", 2, "json");

      assert.deepEqual(await publisher.received(hub), [2]);
      assert.deepEqual(await sameUser.received(hub), [1, 2]);
    });

    test("what no role allows is refused at each try, and harms nothing", async (t) => {
      const hub = newHub();
      const client = await connect(
        t,
        hub,
        { roles: ["webpubsub.joinLeaveGroup.mine", "webpubsub.sendToGroups.room.*"] },
        { messageRetryOptions: QUICK_RETRIES },
      );
      let tries = 0;
      const refused = (error) => {
        tries += 1 + QUICK_RETRIES.maxRetries;
        assert.equal(error.name, "SendMessageError");
        assert.equal(error.errorDetail.name, "Forbidden");
        assert.match(error.errorDetail.message, /\S/);
        assert.equal(error.ackId, tries);
        return true;
      };

      await assert.rejects(client.sdk.joinGroup("theirs"), refused);
      await assert.rejects(client.sdk.leaveGroup("theirs"), refused);
      await assert.rejects(client.sdk.sendToGroup("mine", 1, "json"), refused);
      await assert.rejects(client.sdk.sendToGroup("room.1.2", 1, "json"), refused);
      assert.equal(await hub.groupExists("theirs"), false);

      await client.sdk.joinGroup("mine");
      await client.sdk.sendToGroup("room.1", 1, "json");
      assert.equal(await hub.groupExists("mine"), true);
      assert.equal(client.waiting("disconnected"), 0);
    });

    test("an ackId works once", async (t) => {
      const hub = newHub();
      const client = await connect(t, hub, { roles: ALL_GROUPS, groups: ["g"] });

      const first = await client.sdk.sendToGroup("g", "once", "text", { ackId: 77 });
      const again = await client.sdk.sendToGroup("g", "twice", "text", { ackId: 77 });
      const rejoined = await client.sdk.joinGroup("other", { ackId: 77 });

      assert.deepEqual(first, { ackId: 77, isDuplicated: false });
      assert.deepEqual(again, { ackId: 77, isDuplicated: true });
      assert.deepEqual(rejoined, { ackId: 77, isDuplicated: true });
      assert.deepEqual(await client.received(hub), ["once"]);
      assert.equal(await hub.groupExists("other"), false);
    });

    test("an event without a handler fails, and the client stays", async (t) => {
      const hub = newHub();
      const client = await connect(t, hub, {}, { messageRetryOptions: QUICK_RETRIES });

      await assert.rejects(client.sdk.sendEvent("order.placed", { id: 9 }, "json"), (error) => {
        assert.equal(error.errorDetail.name, "InternalServerError");
        return true;
      });
      await client.sdk.sendEvent("order.placed", "x", "text", { fireAndForget: true });

      assert.deepEqual(await client.received(hub), []);
      assert.equal(client.waiting("disconnected"), 0);
    });

    test("messages of servers arrive", async (t) => {
      const hub = newHub();
      const client = await connect(t, hub);

      await hub.sendToConnection(client.id, { x: 1 });
      await hub.sendToAll("text", { contentType: "text/plain" });

      const json = await client.nextMessage("server");
      assert.equal(json.dataType, "json");
      assert.deepEqual(json.data, { x: 1 });
      const text = await client.nextMessage("server");
      assert.equal(text.dataType, "text");
      assert.equal(text.data, "text");
    });

    test("a closed client is told why, connects anew and is back in its groups", async (t) => {
      const hub = newHub();
      const client = await connect(t, hub, { userId: "alice", roles: ALL_GROUPS });
      await client.sdk.joinGroup("kept");
      await client.sdk.joinGroup("left");
      await client.sdk.leaveGroup("left");
      const before = client.id;

      await hub.closeConnection(before, { reason: "maintenance" });
      const { connectionId, message } = await client.next("disconnected");
      assert.equal(connectionId, before);
      assert.equal(message.message, "maintenance");

      await client.awaitConnected();
      assert.notEqual(client.id, before);
      assert.equal(client.userId, "alice");
      assert.equal(await hub.connectionExists(before), false);
      await hub.group("left").sendToAll("left");
      await hub.group("kept").sendToAll("kept");
      assert.deepEqual(await client.received(hub), ["kept"]);
      assert.equal(client.waiting("rejoin-group-failed"), 0);
    });

    test("a closed client that shall not reconnect stops", async (t) => {
      const hub = newHub();
      const client = await connect(t, hub, {}, { autoReconnect: false });

      await hub.closeConnection(client.id);

      await client.next("disconnected");
      await client.next("stopped");
    });

    test("a client that stops is gone, at the latest when nobody can wait for it any more", async (t) => {
      const hub = newHub();
      const client = await connect(t, hub, { userId: "alice" }, { autoReconnect: false });

      client.sdk.stop();
      await client.next("stopped");

      // The SDK gives no close code, so the session of a reliable client waits for it to come back.
      const waits = protocol.isReliableSubProtocol;
      await eventually(async () => (await hub.userExists("alice")) === waits, "the user is gone");
      await hub.closeUserConnections("alice");
      assert.equal(await hub.userExists("alice"), false);
    });
  });
}

test("pongs keep an idle client connected", async (t) => {
  const hub = newHub();
  // Without the reliable protocol a client that loses patience says so.
  const options = { protocol: WebPubSubJsonProtocol(), autoReconnect: false, keepAliveTimeoutInMs: 3_000 };
  const asking = await Client.connect(t, hub, {}, { ...options, keepAliveIntervalInMs: 50 });
  const silent = await Client.connect(t, hub, {}, { ...options, keepAliveIntervalInMs: 0 });

  await silent.next("disconnected");

  assert.equal(asking.waiting("disconnected"), 0);
  assert.deepEqual(await asking.received(hub), []);
});
