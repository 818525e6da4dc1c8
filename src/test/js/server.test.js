// Every operation of the server SDK, and what connected clients notice of it.

import assert from "node:assert/strict";
import { AzureKeyCredential, WebPubSubServiceClient, odata } from "@azure/web-pubsub";
import { describe, test } from "node:test";
import { ALL_GROUPS, Client, newHub } from "./broker.js";

const BYTES = Uint8Array.of(0, 1, 127, 128, 255);
const TEXT = { contentType: "text/plain" };

/** Clients with tokens of their own, connected at once. */
function connectAll(t, hub, ...tokens) {
  return Promise.all(tokens.map((token) => Client.connect(t, hub, token)));
}

/** What each of some clients received. */
function allReceived(hub, clients) {
  return Promise.all(clients.map((client) => client.received(hub)));
}

/** Asserts that a call fails with a status and, unless it has no room for one, a text. */
function refused(call, status, text = /\S/) {
  return assert.rejects(call, (error) => {
    assert.equal(error.name, "RestError");
    assert.equal(error.statusCode, status);
    assert.match(error.message, text);
    return true;
  });
}

describe("sending", { concurrency: 4 }, () => {
  test("each content type reaches everybody as its type of data", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, {}, { userId: "alice" });
    const sent = [
      ["hello, 世界", TEXT, "text", "hello, 世界"],
      ["a string", {}, "json", "a string"],
      [{ x: [1, null] }, {}, "json", { x: [1, null] }],
      [7, {}, "json", 7],
      [false, {}, "json", false],
      [BYTES.buffer, {}, "binary", BYTES.buffer],
      [BYTES, {}, "binary", BYTES.buffer],
    ];

    for (const [message, options, dataType, data] of sent) {
      await hub.sendToAll(message, options);
      for (const client of clients) {
        const got = await client.nextMessage("server");
        assert.equal(got.dataType, dataType);
        assert.deepEqual(got.data, data);
      }
    }
  });

  test("all, some of them, and all but some", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, { userId: "vic's" }, { userId: "bob", groups: ["g"] }, {});
    const [vic, bob] = clients;

    await hub.sendToAll("excluded", { excludedConnections: [vic.id, bob.id] });
    await hub.sendToAll("vic", { filter: odata`userId eq ${"vic's"}` });
    await hub.sendToAll("nobody", { filter: odata`userId eq ${null}` });
    await hub.sendToAll("g", { filter: "'g' in groups and startswith(userId, 'b')", excludedConnections: [vic.id] });
    await hub.sendToAll("ttl", { messageTtlSeconds: 60 });

    assert.deepEqual(await allReceived(hub, clients), [
      ["vic", "ttl"],
      ["g", "ttl"],
      ["excluded", "nobody", "ttl"],
    ]);
  });

  test("a group", async (t) => {
    const hub = newHub();
    const name = "a group/with ü&?#%+";
    const group = hub.group(name);
    const clients = await connectAll(t, hub, { userId: "alice", groups: [name] }, { groups: [name] }, {});

    await group.sendToAll({ n: 1 });
    await group.sendToAll("text", { ...TEXT, messageTtlSeconds: 300 });
    await group.sendToAll("excluded", { excludedConnections: [clients[1].id] });
    await group.sendToAll("filtered", { filter: "userId eq null" });

    const message = await clients[0].nextMessage("group");
    assert.equal(message.group, name);
    assert.equal(message.fromUserId ?? null, null);
    assert.deepEqual(message.data, { n: 1 });
    assert.deepEqual(await allReceived(hub, clients), [["text", "excluded"], [{ n: 1 }, "text", "filtered"], []]);
  });

  test("a user", async (t) => {
    const hub = newHub();
    const user = "alice@example.com / ü";
    const clients = await connectAll(t, hub, { userId: user, groups: ["g"] }, { userId: user }, { userId: "bob" });

    await hub.sendToUser(user, "json");
    await hub.sendToUser(user, "text", TEXT);
    await hub.sendToUser(user, BYTES, { messageTtlSeconds: 5 });
    await hub.sendToUser(user, "filtered", { filter: "'g' in groups" });

    const everything = ["json", "text", BYTES.buffer];
    assert.deepEqual(await allReceived(hub, clients), [[...everything, "filtered"], everything, []]);
  });

  test("a connection", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, { userId: "alice" }, { userId: "alice" });

    await hub.sendToConnection(clients[0].id, "json", { messageTtlSeconds: 5 });
    await hub.sendToConnection(clients[0].id, "text", TEXT);
    await hub.sendToConnection(clients[0].id, BYTES.buffer);

    assert.deepEqual(await allReceived(hub, clients), [["json", "text", BYTES.buffer], []]);
  });

  test("those who are not there", async () => {
    const hub = newHub();

    await hub.sendToAll("x");
    await hub.group("none").sendToAll("x");
    await hub.sendToUser("nobody", "x");
    await hub.sendToConnection("none", "x");
  });

  test("in other hubs nobody notices", async (t) => {
    const hub = newHub();
    const other = newHub();
    const token = { userId: "alice", groups: ["g"] };
    const stranger = await Client.connect(t, other, token);

    await hub.sendToAll("x");
    await hub.group("g").sendToAll("x");
    await hub.sendToUser("alice", "x");
    await hub.sendToConnection(stranger.id, "x");
    await hub.closeAllConnections();

    assert.deepEqual(await stranger.received(other), []);
    assert.equal(await hub.userExists("alice"), false);
    assert.equal(await other.userExists("alice"), true);
  });
});

describe("existence", { concurrency: 4 }, () => {
  test("connections, users and groups exist as long as they are there", async (t) => {
    const hub = newHub();
    assert.equal(await hub.userExists("alice"), false);
    assert.equal(await hub.groupExists("g"), false);
    assert.equal(await hub.connectionExists("none"), false);

    const [alice] = await connectAll(t, hub, { userId: "alice", groups: ["g"] });
    assert.equal(await hub.userExists("alice"), true);
    assert.equal(await hub.groupExists("g"), true);
    assert.equal(await hub.connectionExists(alice.id), true);

    await hub.group("g").removeConnection(alice.id);
    assert.equal(await hub.groupExists("g"), false);
  });
});

describe("membership", { concurrency: 4 }, () => {
  test("connections are added and removed", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, {}, {});
    const group = hub.group("g");

    await group.addConnection(clients[0].id);
    await group.addConnection(clients[0].id);
    await group.sendToAll(1);
    await group.removeConnection(clients[0].id);
    await group.removeConnection(clients[0].id);
    await group.sendToAll(2);

    assert.deepEqual(await allReceived(hub, clients), [[1], []]);
    await refused(group.addConnection("none"), 404);
    await group.removeConnection("none");
  });

  test("users are added and removed with their connections", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, { userId: "alice" }, { userId: "alice" }, { userId: "bob" });
    const group = hub.group("g");

    await group.addUser("alice");
    await group.sendToAll(1);
    await group.removeUser("alice");
    await group.sendToAll(2);

    assert.deepEqual(await allReceived(hub, clients), [[1], [1], []]);
    await group.addUser("nobody");
    await group.removeUser("nobody");
  });

  test("one call removes a user, or a connection, from all groups", async (t) => {
    const hub = newHub();
    const groups = ["g1", "g2"];
    const clients = await connectAll(t, hub, { userId: "alice", groups }, { userId: "alice", groups }, { groups });
    const sendToBoth = (data) => Promise.all(groups.map((group) => hub.group(group).sendToAll(data)));

    await hub.removeConnectionFromAllGroups(clients[0].id);
    await sendToBoth(1);
    await hub.removeUserFromAllGroups("alice");
    await sendToBoth(2);
    await hub.removeUserFromAllGroups("nobody");
    await hub.removeConnectionFromAllGroups("none");

    assert.deepEqual(await allReceived(hub, clients), [[], [1, 1], [1, 1, 2, 2]]);
  });

  test("a filter chooses who is added to groups, and who is removed", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, { userId: "user 1" }, { userId: "user 2" }, {});
    const groups = ["group1", "group2"];

    await hub.addConnectionsToGroups(groups, odata`userId ne ${null}`);
    await hub.group("group1").sendToAll(1);
    await hub.removeConnectionsFromGroups(["group1"], odata`userId eq ${"user 1"} and 'group2' in groups`);
    await hub.group("group1").sendToAll(2);
    await hub.addConnectionsToGroups(["all"], "");
    await hub.group("all").sendToAll(3);
    await hub.addConnectionsToGroups(["nobody"], "length(userId) > 100");

    assert.deepEqual(await allReceived(hub, clients), [[1, 3], [1, 2, 3], [3]]);
    assert.equal(await hub.groupExists("nobody"), false);
    await refused(hub.addConnectionsToGroups([], ""), 400);
    await refused(hub.removeConnectionsFromGroups(groups, "userId eq"), 400);
  });

  test("members are listed page by page", async (t) => {
    const hub = newHub();
    const token = { userId: "alice", groups: ["g"] };
    const clients = await connectAll(t, hub, token, token, token, token, { groups: ["g"] });
    await connectAll(t, hub, { userId: "alice" });
    const expected = clients
      .map(({ id, userId }) => (userId ? { connectionId: id, userId } : { connectionId: id }))
      .sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1));
    const list = async (options) => {
      const pages = [];
      for await (const page of (await hub.group("g").listConnections(options)).byPage()) {
        pages.push(page);
      }
      return pages;
    };

    assert.deepEqual((await list()).flat(), expected);
    const pages = await list({ maxPageSize: 2 });
    assert.deepEqual(pages.map((page) => page.length), [2, 2, 1]);
    assert.deepEqual(pages.flat(), expected);
    assert.deepEqual((await list({ maxPageSize: 2, top: 3 })).flat(), expected.slice(0, 3));
    assert.deepEqual((await (await hub.group("none").listConnections()).next()).done, true);
    await refused(list({ maxPageSize: 201 }), 400);
  });
});

describe("closing", { concurrency: 4 }, () => {
  /** Whether each of some clients was told that it is closed, and why. */
  async function reasons(hub, clients) {
    return Promise.all(
      clients.map(async (client) => {
        if (await hub.connectionExists(client.id)) {
          return null;
        }
        return (await client.next("disconnected")).message.message;
      }),
    );
  }

  test("one connection", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, { userId: "alice" }, { userId: "alice" });

    await hub.closeConnection(clients[0].id, { reason: "a reason, ü" });

    assert.deepEqual(await reasons(hub, clients), ["a reason, ü", null]);
    await hub.closeConnection("none");
  });

  test("the connections of a user", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, { userId: "alice" }, { userId: "alice" }, { userId: "bob" });

    await hub.closeUserConnections("alice", { reason: "r" });

    assert.deepEqual(await reasons(hub, clients), ["r", "r", null]);
    await hub.closeUserConnections("nobody");
  });

  test("the connections of a group", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, { groups: ["g"] }, { groups: ["g"] }, {});

    await hub.group("g").closeAllConnections({ reason: "r", excluded: [clients[1].id] });

    assert.deepEqual(await reasons(hub, clients), ["r", null, null]);
    await hub.group("none").closeAllConnections();
  });

  test("all connections", async (t) => {
    const hub = newHub();
    const clients = await connectAll(t, hub, {}, { userId: "alice" }, {});

    await hub.closeAllConnections({ reason: "r", excluded: [clients[2].id] });

    assert.deepEqual(await reasons(hub, clients), ["r", "r", null]);
  });
});

describe("permissions", { concurrency: 4 }, () => {
  test("what is granted works until it is revoked", async (t) => {
    const hub = newHub();
    const client = await Client.connect(t, hub, {}, { messageRetryOptions: { maxRetries: 0 } });
    const target = { targetName: "a group" };
    const join = () => client.sdk.joinGroup("a group");
    const send = () => client.sdk.sendToGroup("a group", 1, "json");
    const forbidden = (operation) =>
      assert.rejects(operation, (error) => {
        assert.equal(error.errorDetail.name, "Forbidden");
        return true;
      });

    for (const [permission, operation] of [["joinLeaveGroup", join], ["sendToGroup", send]]) {
      assert.equal(await hub.hasPermission(client.id, permission, target), false);
      await forbidden(operation());

      await hub.grantPermission(client.id, permission, target);
      assert.equal(await hub.hasPermission(client.id, permission, target), true);
      assert.equal(await hub.hasPermission(client.id, permission, { targetName: "another" }), false);
      await operation();

      await hub.revokePermission(client.id, permission, target);
      assert.equal(await hub.hasPermission(client.id, permission, target), false);
      await forbidden(operation());
    }
  });

  test("those of a token are seen, and can be revoked", async (t) => {
    const hub = newHub();
    const client = await Client.connect(t, hub, { roles: ALL_GROUPS }, { messageRetryOptions: { maxRetries: 0 } });
    const target = { targetName: "g" };

    assert.equal(await hub.hasPermission(client.id, "sendToGroup", target), true);
    await hub.revokePermission(client.id, "sendToGroup", target);
    assert.equal(await hub.hasPermission(client.id, "sendToGroup", target), false);
    assert.equal(await hub.hasPermission(client.id, "sendToGroup", { targetName: "other" }), true);
    await assert.rejects(client.sdk.sendToGroup("g", 1, "json"));
  });

  test("of a connection that is not there", async () => {
    const hub = newHub();
    const target = { targetName: "g" };

    await refused(hub.grantPermission("none", "sendToGroup", target), 404);
    await hub.revokePermission("none", "sendToGroup", target);
    assert.equal(await hub.hasPermission("none", "sendToGroup", target), false);
  });
});

describe("authentication", { concurrency: 4 }, () => {
  test("a wrong key opens nothing", async () => {
    const { endpoint, hubName } = newHub();
    const key = new AzureKeyCredential("not the key, though it is long enough for one");
    const stranger = new WebPubSubServiceClient(endpoint, key, hubName, { allowInsecureConnection: true });

    await refused(stranger.sendToAll("x"), 401);
    await refused(stranger.userExists("alice"), 401, /^$/);
  });

  test("the token of a client opens nothing here", async () => {
    const hub = newHub();
    const { token } = await hub.getClientAccessToken({ userId: "alice", roles: ALL_GROUPS });
    const response = await fetch(`${hub.endpoint}api/hubs/${hub.hubName}/:send`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: "x",
    });

    assert.equal(response.status, 401);
  });

  test("a token can be had without the key in the client's program", async (t) => {
    const hub = newHub();
    const { token, url, baseUrl } = await hub.getClientAccessToken({
      userId: "alice",
      roles: ["webpubsub.sendToGroup.g"],
      groups: ["g"],
      expirationTimeInMinutes: 1,
      clientProtocol: "default",
    });
    assert.equal(url, `${baseUrl}?access_token=${token}`);

    const client = new Client(t, url);
    await client.sdk.start();
    await client.awaitConnected();

    assert.equal(client.userId, "alice");
    await client.sdk.sendToGroup("g", "x", "text");
    assert.deepEqual(await client.received(hub), ["x"]);
  });
});
