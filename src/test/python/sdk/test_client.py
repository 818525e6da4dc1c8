"""The client SDK, with each of its protocols."""

import unittest

from azure.messaging.webpubsubclient.models import (
    CallbackType,
    OpenClientError,
    SendMessageError,
    WebPubSubDataType,
)
from broker import ALL_GROUPS, PROTOCOLS, Client, eventually, new_hub

TEXT, JSON, BINARY = WebPubSubDataType.TEXT, WebPubSubDataType.JSON, WebPubSubDataType.BINARY

DATA = [
    (TEXT, 'grüße, 世界 \U0001f389 "quoted" \\ \0'),
    (TEXT, ""),
    (JSON, {"nested": [1, 2.5, -3e10, True, False, None, "x"], "empty": {}}),
    (JSON, [1, [2]]),
    (JSON, 42),
    (BINARY, memoryview(bytes(range(256)))),
]


class ClientTest(unittest.TestCase):
    def connect(self, hub, token=None, **options):
        return Client(self, hub, token, protocol_type=self.protocol, **options)

    def each_protocol(self):
        for protocol in PROTOCOLS:
            with self.subTest(protocol):
                self.protocol = protocol
                yield

    def test_connected_says_who_the_client_is(self):
        for _ in self.each_protocol():
            hub = new_hub()
            alice = self.connect(hub, {"user_id": "alice ü"})
            nobody = self.connect(hub)
            self.assertEqual(alice.user_id, "alice ü")
            self.assertIsNone(nobody.user_id)
            self.assertNotEqual(nobody.id, alice.id)
            self.assertTrue(hub.connection_exists(alice.id))

    def test_a_token_that_is_not_valid_does_not_open(self):
        hub = new_hub()
        self.protocol = PROTOCOLS[0]
        with self.assertRaises(OpenClientError):
            self.connect(hub, route=lambda url: url[:-8], start_timeout=10)

    def test_members_receive_what_others_publish_until_they_leave(self):
        for _ in self.each_protocol():
            hub = new_hub()
            member = self.connect(hub, {"roles": ALL_GROUPS})
            publisher = self.connect(hub, {"user_id": "bob", "roles": ALL_GROUPS})
            group = "a group/with ü&?#%"

            member.sdk.join_group(group)
            publisher.sdk.send_to_group(group, "first", TEXT)
            message = member.group_message()
            self.assertEqual((message.group, message.from_user_id, message.data_type, message.data), (group, "bob", TEXT, "first"))

            member.sdk.leave_group(group)
            publisher.sdk.send_to_group(group, "second", TEXT)
            hub.send_to_connection(member.id, "the end", content_type="text/plain")
            self.assertEqual(member.server_message().data, "the end")
            self.assertEqual(member.waiting(CallbackType.GROUP_MESSAGE), 0)

    def test_every_type_of_data_arrives_as_it_was(self):
        for _ in self.each_protocol():
            hub = new_hub()
            member = self.connect(hub, {"groups": ["g"]})
            publisher = self.connect(hub, {"roles": ["webpubsub.sendToGroup.g"]})
            for data_type, data in DATA:
                publisher.sdk.send_to_group("g", data, data_type)
                message = member.group_message()
                self.assertEqual((message.data_type, message.data), (data_type, data))

    def test_no_echo_spares_the_publisher(self):
        for _ in self.each_protocol():
            hub = new_hub()
            publisher = self.connect(hub, {"roles": ALL_GROUPS, "groups": ["g"]})
            publisher.sdk.send_to_group("g", "to others", TEXT, no_echo=True)
            publisher.sdk.send_to_group("g", "to all", TEXT)
            self.assertEqual(publisher.group_message().data, "to all")

    def test_what_no_role_allows_is_refused(self):
        for _ in self.each_protocol():
            client = self.connect(new_hub(), {"roles": ["webpubsub.joinLeaveGroup.mine"]}, message_retry_total=1)
            with self.assertRaises(SendMessageError) as refused:
                client.sdk.join_group("theirs")
            self.assertEqual(refused.exception.error_detail.name, "Forbidden")
            client.sdk.join_group("mine")
            self.assertEqual(client.waiting(CallbackType.DISCONNECTED), 0)

    def test_an_ack_id_works_once(self):
        for _ in self.each_protocol():
            hub = new_hub()
            client = self.connect(hub, {"roles": ALL_GROUPS, "groups": ["g"]})
            client.sdk.send_to_group("g", "once", TEXT, ack_id=77)
            # To this SDK a duplicate is a success, as it should be.
            client.sdk.send_to_group("g", "twice", TEXT, ack_id=77)
            client.sdk.send_to_group("g", "another", TEXT)
            self.assertEqual({client.group_message().data for _ in range(2)}, {"once", "another"})

    def test_a_closed_client_is_told_why_and_connects_anew_in_its_groups(self):
        for _ in self.each_protocol():
            hub = new_hub()
            client = self.connect(hub, {"user_id": "alice", "roles": ALL_GROUPS})
            client.sdk.join_group("kept")

            hub.close_connection(client.id, reason="maintenance")
            self.assertEqual(client.next(CallbackType.DISCONNECTED).message, "maintenance")
            again = client.next(CallbackType.CONNECTED)
            self.assertNotEqual(again.connection_id, client.id)
            self.assertEqual(again.user_id, "alice")
            eventually(lambda: hub.group_exists("kept"), "the client is back in its group")
            hub.send_to_group("kept", "hello", content_type="text/plain")
            self.assertEqual(client.group_message().data, "hello")
            self.assertEqual(client.waiting(CallbackType.REJOIN_GROUP_FAILED), 0)


if __name__ == "__main__":
    unittest.main()
