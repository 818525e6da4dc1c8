"""The client SDK behind a network that breaks."""

import threading
import unittest

from azure.messaging.webpubsubclient.models import CallbackType, WebPubSubDataType
from broker import ALL_GROUPS, Client, eventually, new_hub, tell_proxy, through_proxy


class RecoveryTest(unittest.TestCase):
    def test_nothing_is_lost_or_doubled_while_connections_break(self):
        hub = new_hub()
        publisher = Client(self, hub, {"roles": ALL_GROUPS})
        subscriber = Client(self, hub, {"groups": ["numbers"]}, route=through_proxy)
        received = []
        subscriber.sdk.subscribe(CallbackType.GROUP_MESSAGE, lambda message: received.append(message.data))
        sent = []
        stop = threading.Event()

        def publish():
            while not stop.wait(0.005):
                publisher.sdk.send_to_group("numbers", len(sent) + 1, WebPubSubDataType.JSON, ack=False)
                sent.append(len(sent) + 1)

        publishing = threading.Thread(target=publish, daemon=True)
        publishing.start()
        for fault in ["reset", "finish", "resetClients"] * 2:
            accepted = tell_proxy("count")
            tell_proxy(fault)
            published = len(sent)
            eventually(lambda: len(received) > published, f"recovery from {fault}")
            self.assertGreater(tell_proxy("count"), accepted, fault)
        stop.set()
        publishing.join()

        eventually(lambda: len(received) >= len(sent), "the last message")
        # Each message is told in a thread of its own: the SDK promises no order.
        self.assertEqual(sorted(received), sent)
        self.assertEqual(subscriber.waiting(CallbackType.CONNECTED), 0)
        self.assertEqual(subscriber.waiting(CallbackType.DISCONNECTED), 0)
        self.assertTrue(hub.connection_exists(subscriber.id))


if __name__ == "__main__":
    unittest.main()
