// Event handlers made with the middleware for Express, unmodified, and the client SDK on the other side.
//
// FANFARE_HANDLER_PORT is where the broker looks for the handlers of the hubs Handled, Guarded and Closed.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { WebPubSubServiceClient } from "@azure/web-pubsub";
import { WebPubSubEventHandler } from "@azure/web-pubsub-express";
import express from "express";
import { Client, PROTOCOLS, eventually, setting } from "./broker.js";

const CONNECTION_STRING = setting("FANFARE_CONNECTION_STRING");
const [, ENDPOINT, ACCESS_KEY] = CONNECTION_STRING.match(/Endpoint=([^;]+);AccessKey=([^;]+)/);

function service(hub) {
  return new WebPubSubServiceClient(CONNECTION_STRING, hub, { allowInsecureConnection: true });
}

const handled = service("Handled");

/** What the handlers of Handled were told: the name of the event, its context and its content. */
const told = [];

/** What the handler does with user events, by their names. */
const USER_EVENTS = {
  echo: (request, response) => response.success(request.data, request.dataType),
  profile: (request, response) => response.success(JSON.stringify({ id: request.data.id, name: "Al" }), "json"),
  nothing: (request, response) => response.success(),
  refuse: (request, response) => response.fail(403, "a secret"),
  count: (request, response) => {
    const count = (request.context.states.count ?? 0) + 1;
    response.setState("count", count);
    response.success(String(count), "text");
  },
  message: (request, response) => response.success(request.data, request.dataType),
  never: () => {},
};

const handlers = [
  new WebPubSubEventHandler("Handled", {
    handleConnect: (request, response) => {
      told.push({ event: "connect", ...request });
      if (request.queries.deny) {
        response.fail(401, "a secret");
        return;
      }
      response.setState("who", request.claims.sub?.[0] ?? "nobody");
      response.success({
        userId: `${request.claims.sub?.[0]}, as the handler calls her`,
        groups: ["of the handler"],
        roles: ["webpubsub.sendToGroup"],
      });
    },
    onConnected: (request) => told.push({ event: "connected", ...request }),
    handleUserEvent: (request, response) => {
      told.push({ event: request.context.eventName, ...request });
      USER_EVENTS[request.context.eventName](request, response);
    },
    onDisconnected: (request) => told.push({ event: "disconnected", ...request }),
  }),
  new WebPubSubEventHandler("Guarded", { allowedEndpoints: [ENDPOINT] }),
  new WebPubSubEventHandler("Closed", { allowedEndpoints: ["https://other.example.com"] }),
];

let server;

before(async () => {
  const app = express();
  handlers.forEach((handler) => app.use(handler.getMiddleware()));
  await new Promise((resolve) => {
    server = app.listen(Number(setting("FANFARE_HANDLER_PORT")), "127.0.0.1", resolve);
  });
});

after(() => {
  server.close();
  server.closeAllConnections();
});

/** Waits for what the handler is told of an event of a connection. */
async function hear(event, connectionId) {
  let found;
  await eventually(() => {
    found = told.find((one) => one.event === event && one.context.connectionId === connectionId);
    return found;
  }, `the handler is told of ${event}`);
  return found;
}

for (const protocol of PROTOCOLS) {
  describe(protocol.name, () => {
    const connect = (t, token = {}, hub = handled) => Client.connect(t, hub, token, { protocol });

    test("the handler decides who a client is, and what it may do", async (t) => {
      const alice = await connect(t, { userId: "alice" });

      assert.equal(alice.userId, "alice, as the handler calls her");
      await handled.group("of the handler").sendToAll("hello", { contentType: "text/plain" });
      assert.equal((await alice.nextMessage("group")).data, "hello");
      await alice.sdk.sendToGroup("of the handler", "to all", "text");
      assert.equal((await alice.nextMessage("group")).data, "to all");

      const connected = await hear("connected", alice.id);
      assert.equal(connected.context.userId, alice.userId);
      assert.deepEqual(connected.context.states, { who: "alice" });
      assert.equal(connected.context.hub, "handled");
    });

    test("every event is signed", async (t) => {
      const alice = await connect(t, { userId: "alice" });
      await alice.sdk.sendEvent("nothing", "x", "text");

      const signature = `sha256=${createHmac("sha256", ACCESS_KEY).update(alice.id).digest("hex")}`;
      for (const event of ["connect", "connected", "nothing"]) {
        assert.equal((await hear(event, alice.id)).context.signature, signature);
      }
    });

    test("a client that the handler refuses does not start", async (t) => {
      const { url } = await handled.getClientAccessToken({ userId: "mallory" });
      const client = new Client(t, `${url}&deny=1`, { protocol });

      await assert.rejects(client.sdk.start());
    });

    test("the handler can send to the users that it is told of", async (t) => {
      for (const [userId, known] of [
        ["100% alice%40example.com", (shown) => shown],
        ["José", decodeURIComponent],
      ]) {
        const user = await connect(t, { userId });
        const { context } = await hear("connected", user.id);
        await handled.sendToUser(known(context.userId), "hello", { contentType: "text/plain" });
        assert.equal((await user.nextMessage("server")).data, "hello");
      }
    });

    test("events carry every type of data, and so do answers", async (t) => {
      const alice = await connect(t, { userId: "alice" });
      for (const [dataType, data] of [
        ["text", "grüße"],
        ["binary", Uint8Array.of(0, 1, 255).buffer],
      ]) {
        await alice.sdk.sendEvent("echo", data, dataType);
        const message = await alice.nextMessage("server");
        assert.equal(message.dataType, dataType);
        assert.deepEqual(message.data, data);
      }
      await alice.sdk.sendEvent("profile", { id: 7 }, "json");
      assert.deepEqual((await alice.nextMessage("server")).data, { id: 7, name: "Al" });
    });

    test("states are kept with the connection", async (t) => {
      const alice = await connect(t, { userId: "alice" });
      for (const expected of ["1", "2", "3"]) {
        await alice.sdk.sendEvent("count", "", "text");
        assert.equal((await alice.nextMessage("server")).data, expected);
      }
    });

    test("an event that the handler refuses fails, and the connection stays", async (t) => {
      const alice = await connect(t, { userId: "alice" });
      await assert.rejects(
        alice.sdk.sendEvent("refuse", "x", "text"),
        (error) => error.errorDetail.name === "InternalServerError" && !error.message.includes("secret"),
      );
      await alice.sdk.sendEvent("nothing", "x", "text");
      assert.equal(alice.waiting("disconnected"), 0);
    });

    test("an invocation gets its own answer", async (t) => {
      const alice = await connect(t, { userId: "alice" });
      const answers = await Promise.all(
        [1, 2, 3].map((id) => alice.sdk.invokeEvent("profile", { id }, "json")),
      );
      assert.deepEqual(
        answers.map(({ data }) => data),
        [1, 2, 3].map((id) => ({ id, name: "Al" })),
      );
      const bytes = await alice.sdk.invokeEvent("echo", Uint8Array.of(1, 2).buffer, "binary");
      assert.deepEqual(bytes.data, Uint8Array.of(1, 2).buffer);
      assert.equal((await alice.sdk.invokeEvent("nothing", "x", "text")).data, undefined);
      assert.equal(alice.waiting("server-message"), 0);
    });

    test("an invocation that the handler refuses fails", async (t) => {
      const alice = await connect(t, { userId: "alice" });
      await assert.rejects(
        alice.sdk.invokeEvent("refuse", "x", "text"),
        (error) => error.name === "InvocationError" && error.errorDetail.name === "InternalServerError",
      );
    });

    test("an invocation can be given up, and what follows goes on", async (t) => {
      const alice = await connect(t, { userId: "alice" });
      const abort = new AbortController();
      const invocation = alice.sdk.invokeEvent("never", "x", "text", { abortSignal: abort.signal });
      await hear("never", alice.id);
      abort.abort();
      await assert.rejects(invocation);
      assert.deepEqual((await alice.sdk.invokeEvent("profile", { id: 1 }, "json")).data, { id: 1, name: "Al" });
    });

    test("the handler is told of the end, once", async (t) => {
      const alice = await connect(t, { userId: "alice" });
      await handled.closeConnection(alice.id, { reason: "enough" });
      assert.equal((await hear("disconnected", alice.id)).reason, "enough");
      const again = told.filter((one) => one.event === "disconnected" && one.context.connectionId === alice.id);
      assert.equal(again.length, 1);
    });

    test("a handler that names the broker lets clients in, and one that names another does not", async (t) => {
      await connect(t, {}, service("Guarded"));
      const { url } = await service("Closed").getClientAccessToken();
      await assert.rejects(new Client(t, url, { protocol }).sdk.start());
    });
  });
}
