"""What the tests share: a hub of their own in a broker that runs already, and clients that note what happens to them.

FANFARE_CONNECTION_STRING names the broker. FANFARE_PROXY and FANFARE_PROXY_CONTROL name a TCP proxy in front of it, and where
the proxy is told to break.
"""

import itertools
import os
import queue
import re
import time
import urllib.request

from azure.messaging.webpubsubclient import WebPubSubClient, WebPubSubClientCredential
from azure.messaging.webpubsubclient.models import CallbackType, WebPubSubProtocolType
from azure.messaging.webpubsubservice import WebPubSubServiceClient

PATIENCE_SECONDS = 90
ALL_GROUPS = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]
PROTOCOLS = [WebPubSubProtocolType.JSON_RELIABLE, WebPubSubProtocolType.JSON]

_numbers = itertools.count(1)


def service(hub):
    return WebPubSubServiceClient.from_connection_string(os.environ["FANFARE_CONNECTION_STRING"], hub=hub)


def new_hub():
    """The service SDK, in a hub that no other test uses."""
    return service(f"Python_{os.getpid()}_{next(_numbers)}")


def eventually(condition, what):
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"It did not come true: {what}")
        time.sleep(0.01)


class Client:
    """The client SDK, and what it said. It ends with its test."""

    def __init__(self, test, hub, token=None, route=lambda url: url, **options):
        credential = WebPubSubClientCredential(lambda: route(hub.get_client_access_token(**(token or {}))["url"]))
        # The SDK can miss what wakes it, and then waits to the end of these (30 s unless told otherwise) for what has come.
        self.sdk = WebPubSubClient(credential, **{"start_timeout": 5, "ack_timeout": 5} | options)
        self._events = {kind: queue.Queue() for kind in CallbackType}
        for kind, events in self._events.items():
            # The SDK tells of the end without an argument.
            self.sdk.subscribe(kind, lambda event=None, events=events: events.put(event))
        self.sdk.open()
        test.addCleanup(self.sdk.close)
        connected = self.next(CallbackType.CONNECTED)
        self.id = connected.connection_id
        self.user_id = connected.user_id

    def next(self, kind):
        """Takes the oldest event of a kind, once there is one."""
        return self._events[kind].get(timeout=PATIENCE_SECONDS)

    def waiting(self, kind):
        """How many events of a kind nobody took yet."""
        return self._events[kind].qsize()

    def group_message(self):
        return self.next(CallbackType.GROUP_MESSAGE)

    def server_message(self):
        return self.next(CallbackType.SERVER_MESSAGE)


def through_proxy(url):
    """Leads a client through the proxy in front of the broker."""
    return re.sub("//[^/]+", f"//{os.environ['FANFARE_PROXY']}", url, count=1)


def tell_proxy(what):
    """Breaks or heals what goes through the proxy. Returns how many connections it took so far."""
    request = urllib.request.Request(f"{os.environ['FANFARE_PROXY_CONTROL']}/{what}", method="POST")
    with urllib.request.urlopen(request) as response:
        return int(response.read())
