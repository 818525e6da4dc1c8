"""Events of the client SDK, and an application that answers them.

FANFARE_HANDLER_PORT is where the broker looks for the handler of the hub Handled.
"""

import http.server
import os
import threading
import unittest

from azure.messaging.webpubsubclient.models import SendMessageError, WebPubSubDataType
from broker import PROTOCOLS, Client, service


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told = []

    def do_OPTIONS(self):
        self.answer(200, {"WebHook-Allowed-Origin": "*"})

    def do_POST(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        event = self.headers["ce-eventName"]
        self.told.append((event, self.headers["ce-connectionId"]))
        if event == "refuse":
            self.answer(403)
        elif event == "echo":
            self.answer(200, {"Content-Type": self.headers["Content-Type"]}, content)
        else:
            self.answer(204)

    def answer(self, status, headers=None, content=b""):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


class EventsTest(unittest.TestCase):
    def test_the_application_hears_events_and_answers_them(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["FANFARE_HANDLER_PORT"])), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        for protocol in PROTOCOLS:
            with self.subTest(protocol):
                client = Client(self, service("Handled"), protocol_type=protocol, message_retry_total=0)
                self.assertIn(("connect", client.id), Handler.told)
                for data_type, data in [
                    (WebPubSubDataType.TEXT, "grüße"),
                    (WebPubSubDataType.JSON, {"n": 1}),
                    (WebPubSubDataType.BINARY, memoryview(b"\0\1\xff")),
                ]:
                    client.sdk.send_event("echo", data, data_type)
                    message = client.server_message()
                    self.assertEqual((message.data_type, message.data), (data_type, data))
                with self.assertRaises(SendMessageError) as refused:
                    client.sdk.send_event("refuse", "x", WebPubSubDataType.TEXT)
                self.assertEqual(refused.exception.error_detail.name, "InternalServerError")
                client.sdk.send_event("nothing", "x", WebPubSubDataType.TEXT)


if __name__ == "__main__":
    unittest.main()
