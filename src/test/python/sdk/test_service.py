"""The service SDK: every operation it has."""

import unittest

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.messaging.webpubsubclient.models import CallbackType, SendMessageError
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from broker import ALL_GROUPS, Client, eventually, new_hub


class ServiceTest(unittest.TestCase):
    def setUp(self):
        self.hub = new_hub()

    def test_each_send_reaches_those_it_names(self):
        alice = Client(self, self.hub, {"user_id": "alice", "groups": ["g"]})
        bob = Client(self, self.hub, {"user_id": "bob"})

        self.hub.send_to_all({"to": "all"})
        self.assertEqual(alice.server_message().data, {"to": "all"})
        self.assertEqual(bob.server_message().data, {"to": "all"})
        self.hub.send_to_user("bob", "to bob", content_type="text/plain")
        self.assertEqual(bob.server_message().data, "to bob")
        self.hub.send_to_connection(alice.id, b"\0\1\xff", content_type="application/octet-stream")
        self.assertEqual(bytes(alice.server_message().data), b"\0\1\xff")
        self.hub.send_to_group("g", "to g", content_type="text/plain")
        message = alice.group_message()
        self.assertEqual((message.group, message.data), ("g", "to g"))
        self.hub.send_to_all("filtered", content_type="text/plain", filter="userId eq 'bob'")
        self.hub.send_to_all("not to bob", content_type="text/plain", excluded=[bob.id])
        self.assertEqual(bob.server_message().data, "filtered")
        self.assertEqual(alice.server_message().data, "not to bob")
        self.assertEqual(bob.waiting(CallbackType.SERVER_MESSAGE), 0)

    def test_what_exists_is_found(self):
        client = Client(self, self.hub, {"user_id": "alice", "groups": ["g"]})
        self.assertTrue(self.hub.connection_exists(client.id))
        self.assertTrue(self.hub.user_exists("alice"))
        self.assertTrue(self.hub.group_exists("g"))
        self.assertFalse(self.hub.connection_exists("nobody"))
        self.assertFalse(self.hub.user_exists("nobody"))
        self.assertFalse(self.hub.group_exists("nothing"))

    def test_groups_are_joined_and_left(self):
        client = Client(self, self.hub, {"user_id": "alice"})
        self.hub.add_connection_to_group("one", client.id)
        self.hub.add_user_to_group("two", "alice")
        self.assertTrue(self.hub.group_exists("one"))
        self.assertTrue(self.hub.group_exists("two"))
        self.hub.remove_connection_from_group("one", client.id)
        self.hub.remove_user_from_group("two", "alice")
        self.assertFalse(self.hub.group_exists("one"))
        self.assertFalse(self.hub.group_exists("two"))
        self.hub.add_connection_to_group("three", client.id)
        self.hub.remove_connection_from_all_groups(client.id)
        self.assertFalse(self.hub.group_exists("three"))
        self.hub.add_connection_to_group("four", client.id)
        self.hub.remove_user_from_all_groups("alice")
        self.assertFalse(self.hub.group_exists("four"))

    def test_members_of_a_group_are_listed(self):
        members = {Client(self, self.hub, {"user_id": f"user {i}", "groups": ["g"]}).id: f"user {i}" for i in range(5)}
        listed = {member.connection_id: member.user_id for member in self.hub.list_connections(group="g")}
        self.assertEqual(listed, members)
        self.assertEqual(len(list(self.hub.list_connections(group="g", top=3))), 3)

    def test_permissions_are_granted_asked_for_and_revoked(self):
        client = Client(self, self.hub, message_retry_total=0)
        self.assertFalse(self.hub.has_permission("joinLeaveGroup", client.id, target_name="g"))
        with self.assertRaises(SendMessageError):
            client.sdk.join_group("g")
        self.hub.grant_permission("joinLeaveGroup", client.id, target_name="g")
        self.assertTrue(self.hub.has_permission("joinLeaveGroup", client.id, target_name="g"))
        client.sdk.join_group("g")
        self.hub.revoke_permission("joinLeaveGroup", client.id, target_name="g")
        self.assertFalse(self.hub.has_permission("joinLeaveGroup", client.id, target_name="g"))

    def test_connections_are_closed_one_and_many(self):
        def connect(user, groups=()):
            return Client(self, self.hub, {"user_id": user, "groups": list(groups)}, reconnect_retry_total=0)

        alice, bob, carol, dan = connect("alice"), connect("bob"), connect("carol", ["g"]), connect("dan")
        self.hub.close_connection(alice.id, reason="one")
        self.assertEqual(alice.next(CallbackType.DISCONNECTED).message, "one")
        self.hub.close_user_connections("bob", reason="user")
        self.assertEqual(bob.next(CallbackType.DISCONNECTED).message, "user")
        self.hub.close_group_connections("g", reason="group")
        self.assertEqual(carol.next(CallbackType.DISCONNECTED).message, "group")
        self.hub.close_all_connections(reason="all")
        self.assertEqual(dan.next(CallbackType.DISCONNECTED).message, "all")
        eventually(lambda: not self.hub.connection_exists(dan.id), "the connection is gone")

    def test_a_wrong_key_opens_nothing(self):
        endpoint = self.hub._config.endpoint
        key = AzureKeyCredential("not the key, though it is long enough for one")
        with self.assertRaises(HttpResponseError) as refused:
            WebPubSubServiceClient(endpoint, "chat", key).send_to_all({"x": 1})
        self.assertEqual(refused.exception.status_code, 401)

    def test_a_token_of_the_service_names_roles_and_groups(self):
        made = self.hub.get_client_access_token(user_id="alice", roles=ALL_GROUPS, groups=["g"], minutes_to_expire=1)
        self.assertEqual(made["url"], f"{made['baseUrl']}?access_token={made['token']}")
        client = Client(self, self.hub, {"user_id": "alice", "roles": ALL_GROUPS, "groups": ["g"], "minutes_to_expire": 1})
        self.assertEqual(client.user_id, "alice")
        self.assertTrue(self.hub.group_exists("g"))


if __name__ == "__main__":
    unittest.main()
