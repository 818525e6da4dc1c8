// The server SDK without an access key: an identity provider vouches for it, and the broker makes the tokens of clients.
// The SDK does this with TLS only.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WebPubSubServiceClient } from "@azure/web-pubsub";
import { Client, newHub, setting } from "./broker.js";

function hubOf(token) {
  const { endpoint, hubName } = newHub();
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return new WebPubSubServiceClient(endpoint, credential, hubName);
}

test("the broker makes tokens for clients", async (t) => {
  const hub = hubOf(setting("FANFARE_ISSUER_TOKEN"));
  const client = await Client.connect(t, hub, {
    userId: "alice ü",
    roles: ["webpubsub.sendToGroup.g 1", "webpubsub.joinLeaveGroup"],
    groups: ["g 1", "g 2"],
    expirationTimeInMinutes: 1,
  });

  assert.equal(client.userId, "alice ü");
  assert.equal(await hub.groupExists("g 2"), true);
  await client.sdk.sendToGroup("g 1", "x", "text");
  assert.deepEqual(await client.received(hub), ["x"]);
});

test("a token of somebody else opens nothing", async () => {
  const [head, claims] = setting("FANFARE_ISSUER_TOKEN").split(".");
  const hub = hubOf(`${head}.${claims}.${"A".repeat(43)}`);

  await assert.rejects(hub.sendToAll("x"), { statusCode: 401 });
  await assert.rejects(hub.getClientAccessToken(), { statusCode: 401 });
});
