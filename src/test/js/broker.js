// What the tests share: a hub of their own in a broker that runs already, and clients that note what happens to them.
//
// FANFARE_CONNECTION_STRING names the broker. FANFARE_PROXY and FANFARE_PROXY_CONTROL name a TCP proxy in front of it, and
// where the proxy is told to break. FANFARE_ISSUER_TOKEN is a token of an identity provider that the broker believes.

import { before } from "node:test";
import { WebPubSubServiceClient } from "@azure/web-pubsub";
import { WebPubSubClient, WebPubSubJsonProtocol, WebPubSubJsonReliableProtocol } from "@azure/web-pubsub-client";

const EVENTS = ["connected", "disconnected", "stopped", "server-message", "group-message", "rejoin-group-failed"];
const PATIENCE_MILLIS = 90_000;

export const PROTOCOLS = [WebPubSubJsonReliableProtocol(), WebPubSubJsonProtocol()];
export const ALL_GROUPS = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"];

let hubs = 0;

// The client SDK begins to wait for an ack once its frame is written. The rejection of an ack that is faster than that
// looks unhandled for a moment, which the test runner takes for a failure.
before(() => {
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (error) => {
    if (error.name !== "SendMessageError") {
      throw error;
    }
  });
});

export function setting(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}

/** The server SDK, in a hub that no other test uses. */
export function newHub() {
  const name = `Hub_${process.pid}_${++hubs}`;
  return new WebPubSubServiceClient(setting("FANFARE_CONNECTION_STRING"), name, { allowInsecureConnection: true });
}

/** A condition that comes true. */
export async function eventually(condition, what) {
  const end = Date.now() + PATIENCE_MILLIS;
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error(`It did not come true: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The client SDK, and what it said. It ends with its test. */
export class Client {
  #events = new Map(EVENTS.map((name) => [name, []]));

  constructor(t, credential, options) {
    this.sdk = new WebPubSubClient(credential, options);
    for (const [name, queue] of this.#events) {
      this.sdk.on(name, (event) => queue.push(event));
    }
    t.after(() => this.sdk.stop());
  }

  /**
   * Connects a client that the server SDK made a token for.
   *
   * @param token what the token says
   * @param options of the client SDK
   * @param route changes the URL to connect to
   */
  static async connect(t, hub, token = {}, options = {}, route = (url) => url) {
    const credential = { getClientAccessUrl: async () => route((await hub.getClientAccessToken(token)).url) };
    const client = new Client(t, credential, options);
    await client.sdk.start();
    await client.awaitConnected();
    return client;
  }

  /** Waits for the next connected event, and takes its ids. */
  async awaitConnected() {
    const { connectionId, userId } = await this.next("connected");
    this.id = connectionId;
    this.userId = userId;
  }

  /** How many events of a name nobody took yet. */
  waiting(name) {
    return this.#events.get(name).length;
  }

  /** Takes the oldest event of a name, once there is one. */
  async next(name) {
    const queue = this.#events.get(name);
    await eventually(() => queue.length > 0, `${name} of ${this.id}`);
    return queue.shift();
  }

  /** Takes the oldest message of a group or of a server. */
  async nextMessage(from) {
    return (await this.next(`${from}-message`)).message;
  }

  /** Takes the data of the messages so far. What was sent before this call is there, whoever sent it. */
  async received(hub) {
    await hub.sendToConnection(this.id, "the end", { contentType: "text/plain" });
    await eventually(() => this.#events.get("server-message").some(({ message }) => message.data === "the end"), "end");
    const data = ["group-message", "server-message"].flatMap((name) =>
      this.#events.get(name).splice(0).map(({ message }) => message.data),
    );
    return data.slice(0, -1);
  }
}

/** The proxy in front of the broker. */
export const proxy = {
  /** Leads a client through it. */
  route: (url) => url.replace(/\/\/[^/]+/, `//${setting("FANFARE_PROXY")}`),

  /** Breaks or heals what goes through it. Returns how many connections it took so far. */
  async tell(what) {
    const response = await fetch(`${setting("FANFARE_PROXY_CONTROL")}/${what}`, { method: "POST" });
    if (!response.ok) {
      throw new Error(`The proxy does not know ${what}`);
    }
    return Number(await response.text());
  },
};
