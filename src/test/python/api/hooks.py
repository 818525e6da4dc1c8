"""What JSON Schema cannot say of the API: good cases are made good in these respects, too, or left out."""

import base64
import datetime
import json
import zlib

import schemathesis
from schemathesis.generation import GenerationMode

FILTERS = ("userId eq null or startswith(userId, 'guest-')", "'g1' in groups", "true")

NETWORKS = ("203.0.113.7", "198.51.100.0/24", "2001:db8::/32")

# Revocations end within ten years.
FUTURE_SECONDS = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) + 86_400
FUTURE = datetime.datetime.fromtimestamp(FUTURE_SECONDS, datetime.timezone.utc).isoformat()

MOST_CHARACTERS = 2600

# The connection that the node has.
CONNECTION = {"hub": "described", "connectionId": "feed"}


def continuation_token(connection_id: bytes) -> str:
    checksum = zlib.crc32(connection_id).to_bytes(4, "big")
    return base64.urlsafe_b64encode(checksum + connection_id).rstrip(b"=").decode()


def outbound_connection(body: dict) -> None:
    """Where values belong together, or come from the configuration of the node."""
    body["url"] = "wss://example.com/feed"
    body["auth"] = {"bearer": "token"} if body.get("auth") else None
    body["headers"] = {name: value for name, value in (body.get("headers") or {}).items() if name.lower() != "authorization"}
    body["tls"] = {"trust": ""} if body.get("tls") else None
    body["proxy"] = {"host": "proxy", "port": 1} if body.get("proxy") else None
    if isinstance(body.get("reconnect"), dict):
        body["reconnect"].pop("initialDelayMillis", None)
        body["reconnect"].pop("maxDelayMillis", None)


def revocation(body: dict) -> None:
    """What is revoked exists in no other case, and ends in the future."""
    if "token" in body:
        parts = ('{"alg":"HS256"}', json.dumps({"jti": str(body["token"])[:100], "exp": FUTURE_SECONDS}), "signature")
        body["token"] = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    if "user" in body:
        body["user"] = "user-" + str(zlib.crc32(body["user"].encode()))
    if "tokenId" in body:
        body["tokenId"] = body["tokenId"][:1000]
    if "addresses" in body:
        body["addresses"] = NETWORKS[len(body["addresses"]) % len(NETWORKS)]
    if "expires" in body:
        body["expires"] = FUTURE


def good(case) -> bool:
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.hook
def filter_case(context, case):
    """What the node does with a request line that it does not read to its end is tested elsewhere."""
    texts = [str(value) for part in (case.path_parameters, case.query) for value in (part or {}).values()]
    return sum(len(text) for text in texts) < MOST_CHARACTERS


@schemathesis.hook
def before_call(context, case, kwargs):
    if not good(case):
        return
    body = case.body if isinstance(case.body, dict) else {}
    for place in (case.query or {}, body):
        if place.get("filter"):
            place["filter"] = FILTERS[len(place["filter"]) % len(FILTERS)]
    path = case.path_parameters or {}
    if "connectionId" in path and len(path["connectionId"]) % 2 and case.operation.method != "delete":
        path.update(CONNECTION)
    if case.operation.label.endswith("/:openConnection") and body:
        outbound_connection(body)
    if case.operation.label.endswith("/revocations") and body:
        revocation(body)
    query = case.query or {}
    if "continuationToken" in query:
        query["continuationToken"] = continuation_token(query["continuationToken"].encode()[:100])
    # At most 123 bytes.
    if "reason" in query:
        query["reason"] = query["reason"].encode()[:123].decode(errors="ignore")
    # Together they make a token of at most 8 KiB.
    for name in ("role", "group"):
        if isinstance(query.get(name), list):
            query[name] = query[name][:1]
