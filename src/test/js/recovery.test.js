// The client SDK behind a network that breaks.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { ALL_GROUPS, Client, eventually, newHub, proxy } from "./broker.js";

const INTERVAL_MILLIS = 5;
const LEAST_MILLIS = 10_000;
// Longer than the broker waits for a word of a client: FANFARE_KEEP_ALIVE_SILENT_SECONDS is 6 in this run, and it looks
// once a second.
const FREEZE_MILLIS = 9_000;

/** What happens to the network, one after the other, and after how many connections, at least, the client is back. */
const FAULTS = [
  ["a reset", 1, () => proxy.tell("reset")],
  ["an end in order", 1, () => proxy.tell("finish")],
  ["a reset that the broker does not learn of", 1, () => proxy.tell("resetClients")],
  ["silence until the broker gives up", 1, () => freeze(FREEZE_MILLIS)],
  ["a silence that nobody notices", 0, () => freeze(500)],
  ["a reset while nothing passes", 1, () => freeze(500, () => proxy.tell("reset"))],
  ["two resets on a slow network", 2, resetsOnSlowNetwork],
];

async function freeze(millis, meanwhile = async () => {}) {
  await proxy.tell("freeze");
  await meanwhile();
  await sleep(millis);
  await proxy.tell("heal");
}

async function resetsOnSlowNetwork() {
  await proxy.tell("delay");
  // Before the reset: a client is back sooner than this hears of it at times.
  const accepted = await proxy.tell("count");
  await proxy.tell("reset");
  await eventually(async () => (await proxy.tell("count")) > accepted, "the client connects");
  await proxy.tell("reset");
  await proxy.tell("hurry");
}

/** Publishes the numbers from 1 at a steady rate, whatever happens to others. */
function publishNumbers(publisher, group) {
  const start = Date.now();
  const sent = [];
  const timer = setInterval(() => {
    // Timers are late at times: catch up, so that the rate holds.
    while (sent.length * INTERVAL_MILLIS < Date.now() - start) {
      sent.push(publisher.sdk.sendToGroup(group, sent.length + 1, "json"));
    }
  }, INTERVAL_MILLIS);
  return {
    count: () => sent.length,
    async stop() {
      clearInterval(timer);
      await Promise.all(sent);
      return sent.length;
    },
  };
}

test("nothing is lost, doubled or reordered while connections break", async (t) => {
  const hub = newHub();
  const publisher = await Client.connect(t, hub, { roles: ALL_GROUPS });
  const subscriber = await Client.connect(t, hub, { groups: ["numbers"] }, {}, proxy.route);
  const received = [];
  subscriber.sdk.on("group-message", ({ message }) => received.push(message.data));

  const started = Date.now();
  const publishing = publishNumbers(publisher, "numbers");
  for (const [fault, connections, happen] of [...FAULTS, FAULTS[0]]) {
    const before = Date.now();
    const accepted = await proxy.tell("count");
    await happen();
    const published = publishing.count();
    await eventually(() => received.length > published, `recovery from ${fault}`);
    assert.ok((await proxy.tell("count")) >= accepted + connections, fault);
    t.diagnostic(`recovered from ${fault} after ${Date.now() - before} ms, ${received.length} messages so far`);
  }
  assert.ok(Date.now() - started > LEAST_MILLIS);
  const total = await publishing.stop();
  await eventually(() => received.at(-1) === total, "the last message");

  const wrong = received.findIndex((number, i) => number !== i + 1);
  assert.equal(wrong, -1, `${received[wrong]} came after ${received[wrong - 1]}`);
  assert.equal(received.length, total);
  assert.equal(subscriber.waiting("connected"), 0);
  assert.equal(subscriber.waiting("disconnected"), 0);
  assert.equal(await hub.connectionExists(subscriber.id), true);
});

test("what a client may do, and which ackIds it used, survives a cut", async (t) => {
  const hub = newHub();
  const client = await Client.connect(t, hub, { roles: ["webpubsub.sendToGroup.g"], groups: ["g"] }, {}, proxy.route);
  await hub.grantPermission(client.id, "joinLeaveGroup", { targetName: "granted" });
  await client.sdk.sendToGroup("g", 1, "json", { ackId: 500 });

  await proxy.tell("reset");
  await eventually(
    () => client.sdk.joinGroup("granted", { ackId: 501 }).then(() => true, () => false),
    "the client works again",
  );

  assert.equal((await client.sdk.sendToGroup("g", 2, "json", { ackId: 500 })).isDuplicated, true);
  await client.sdk.sendToGroup("g", 3, "json", { ackId: 502 });
  assert.deepEqual(await client.received(hub), [1, 3]);
  assert.equal(client.waiting("connected"), 0);
});

test("a session that ended meanwhile is not waited for", async (t) => {
  const hub = newHub();
  const client = await Client.connect(t, hub, { userId: "alice", roles: ALL_GROUPS }, {}, proxy.route);
  await client.sdk.joinGroup("g");
  const before = client.id;

  await freeze(0, async () => {
    await proxy.tell("reset");
    await hub.closeConnection(before);
    assert.equal(await hub.connectionExists(before), false);
  });

  await client.next("disconnected");
  await client.awaitConnected();
  assert.notEqual(client.id, before);
  await hub.group("g").sendToAll("rejoined");
  assert.deepEqual(await client.received(hub), ["rejoined"]);
});
