// Compression with the WebSocket client that most of Node.js uses.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebPubSubServiceClient } from "@azure/web-pubsub";
import WebSocket from "ws";
import { ALL_GROUPS, eventually, setting } from "./broker.js";

const TEXT = "She sells sea shells by the sea shore. ".repeat(200);
const SUBPROTOCOLS = ["json.webpubsub.azure.v1", "json.reliable.webpubsub.azure.v1"];

/** The hub that the broker compresses, as FANFARE_HUBS has it in this run. */
const hub = new WebPubSubServiceClient(setting("FANFARE_CONNECTION_STRING"), "Compressed", {
  allowInsecureConnection: true,
});

let groups = 0;

/** Connects, and keeps the frames that arrive. It ends with its test. */
async function connect(t, group, subprotocol, options) {
  const { url } = await hub.getClientAccessToken({ roles: ALL_GROUPS, groups: [group] });
  const socket = new WebSocket(url, subprotocol, options);
  const frames = [];
  socket.on("message", (data) => frames.push(JSON.parse(data)));
  const failures = [];
  socket.on("error", (error) => failures.push(error));
  t.after(() => socket.terminate());
  await eventually(() => frames.length > 0 || failures.length > 0, "connected");
  assert.deepEqual(failures, []);
  assert.equal(frames.shift().event, "connected");
  return { socket, frames };
}

function publish(socket, group, data) {
  socket.send(JSON.stringify({ type: "sendToGroup", group, dataType: "text", data }));
}

describe("ws", () => {
  for (const subprotocol of SUBPROTOCOLS) {
    test(`${subprotocol} with and without compression`, async (t) => {
      const group = `shells${++groups}`;
      // Compresses whatever it says, and keeps its context, if it may.
      const compressing = await connect(t, group, subprotocol, { perMessageDeflate: { threshold: 0 } });
      const plain = await connect(t, group, subprotocol, { perMessageDeflate: false });

      assert.match(compressing.socket.extensions, /permessage-deflate/);
      assert.equal(plain.socket.extensions, "");
      for (let i = 0; i < 10; i++) {
        publish(compressing.socket, group, TEXT + i);
        publish(plain.socket, group, `short ${i}`);
      }

      for (const { frames } of [compressing, plain]) {
        await eventually(() => frames.length === 20, "all messages");
        const data = frames.map((frame) => frame.data);
        assert.deepEqual(
          data.filter((text) => text.startsWith("She")),
          Array.from({ length: 10 }, (_, i) => TEXT + i),
        );
        assert.deepEqual(
          data.filter((text) => text.startsWith("short")),
          Array.from({ length: 10 }, (_, i) => `short ${i}`),
        );
        if (subprotocol.includes("reliable")) {
          assert.deepEqual(
            frames.map((frame) => frame.sequenceId),
            Array.from({ length: 20 }, (_, i) => i + 1),
          );
        }
      }
    });
  }

  test("a smaller window is declined, and all goes on without compression", async (t) => {
    const group = `shells${++groups}`;
    const client = await connect(t, group, SUBPROTOCOLS[0], { perMessageDeflate: { serverMaxWindowBits: 10 } });

    publish(client.socket, group, TEXT);

    await eventually(() => client.frames.length === 1, "the message");
    assert.equal(client.socket.extensions, "");
    assert.equal(client.frames[0].data, TEXT);
  });
});
