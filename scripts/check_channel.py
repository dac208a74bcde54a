"""Follows live updates over the sealed channel as docs/API.md tells clients to, in Python, with `cryptography` and `websockets`.

Between this client and the shop stands a proxy that writes down all that passes: what is said is not to be found there.

Starts the program that was built last, with sample data. Run it where its libraries are:
`$(scripts/venv webhooks)/bin/python scripts/check_channel.py`.
"""

import asyncio, base64, hashlib, json, os, struct, tempfile, urllib.request

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
import websockets

from sample_shop import PASSWORD, PEOPLE, Shop

PROTOCOL = "ironmonger.sealed.v1"


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def call(root, path, body=None, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": token} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(root + path, data, headers), timeout=30) as answer:
        return json.load(answer)


class Channel:
    """One connection, after the handshake."""

    def __init__(self, socket, sends, takes):
        self.socket, self.sends, self.takes = socket, AESGCM(sends), AESGCM(takes)
        self.sent = self.taken = 0
        self.topics = {0: ""}

    async def say(self, what):
        number = struct.pack(">Q", self.sent)
        aad = b"\0" + b"\0\0"
        frame = number + b"\0\0" + self.sends.encrypt(b"\0" * 4 + number, json.dumps(what).encode(), aad)
        self.sent += 1
        await self.socket.send(frame)

    async def hear(self):
        frame = await asyncio.wait_for(self.socket.recv(), 20)
        number, channel = struct.unpack(">QH", frame[:10])
        assert number == self.taken, "a frame is missing"
        aad = b"\1" + frame[8:10] + self.topics[channel].encode()
        text = self.takes.decrypt(b"\0" * 4 + frame[:8], frame[10:], aad)
        self.taken += 1
        said = json.loads(text)
        if "following" in said:
            self.topics[said["channel"]] = said["following"]
        return said


async def handshake(socket, root, host, credential):
    private = ec.generate_private_key(ec.SECP256R1())
    form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    key, nonce = private.public_key().public_bytes(*form), os.urandom(32)
    await socket.send(json.dumps({"hello": {"key": encode(key), "nonce": encode(nonce)}}))
    hello = json.loads(await asyncio.wait_for(socket.recv(), 20))["hello"]
    parts = [
        PROTOCOL.encode(), host.encode(), hashlib.sha256(credential.encode()).digest(), key, nonce,
        decode(hello["key"]), decode(hello["nonce"]), hello["kid"].encode(),
    ]
    transcript = b"".join(struct.pack(">Q", len(part)) + part for part in parts)
    jwks = call(root, "/.well-known/ironmonger-channel-keys.json")["keys"]
    jwk = next(jwk for jwk in jwks if jwk["kid"] == hello["kid"])
    signs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + decode(jwk["x"]) + decode(jwk["y"]))
    signature = decode(hello["signature"])
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    signs.verify(encode_dss_signature(r, s), transcript, ec.ECDSA(hashes.SHA256()))
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(hello["key"]))
    shared = private.exchange(ec.ECDH(), theirs)
    salt = hashlib.sha256(transcript).digest()
    keys = [HKDF(hashes.SHA256(), 32, salt, label).derive(shared) for label in (b"client to server", b"server to client")]
    return Channel(socket, *keys)


class Proxy:
    """Carries bytes and writes them down."""

    def __init__(self, to):
        self.to, self.seen = to, bytearray()

    async def start(self):
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def carry(self, reader, writer):
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.to)

        async def copy(source, sink):
            while data := await source.read(65536):
                self.seen += data
                sink.write(data)
                await sink.drain()
            sink.close()

        await asyncio.gather(copy(reader, there_writer), copy(there_reader, writer), return_exceptions=True)


async def check(root):
    who = {"email": PEOPLE["admin"], "password": PASSWORD}
    token = "Bearer " + call(root, "/api/auth/login", who)["data"]["accessToken"]
    product = call(root, "/api/products?limit=1")["data"][0]["id"]
    proxy = Proxy(int(root.rsplit(":", 1)[1]))
    host = f"127.0.0.1:{await proxy.start()}"
    canaries = [f"product:{product}", "admin:orders"]

    headers = {"authorization": token}
    async with websockets.connect(
        f"ws://{host}/ws", additional_headers=headers, subprotocols=[PROTOCOL], compression=None
    ) as socket:
        assert socket.subprotocol == PROTOCOL
        channel = await handshake(socket, root, host, token)
        await channel.say({"follow": canaries})
        heard = [await channel.hear() for _ in range(4)]
        assert {said["following"] for said in heard if "following" in said} == set(canaries), heard
        assert {said["topic"] for said in heard if "topic" in said} == set(canaries), heard
        # the next key of this side takes over
        await channel.say({"rekey": True})
    for canary in canaries:
        assert canary.encode() not in proxy.seen, f"{canary} passed the proxy in the clear"

    # the same without the channel: the proxy sees it, so it would have seen it
    async with websockets.connect(f"ws://{host}/ws", additional_headers=headers, compression=None) as socket:
        await socket.send(json.dumps({"follow": canaries}))
        while "admin:orders" not in await asyncio.wait_for(socket.recv(), 20):
            pass
    assert b"admin:orders" in proxy.seen
    print(f"Followed {len(canaries)} topics over the sealed channel; the proxy saw neither.")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ironmonger-channel-") as folder:
        os.chmod(folder, 0o755)  # for PostgreSQL, which root starts as somebody else
        shop = Shop(folder)
        try:
            shop.ready()
            asyncio.run(check(shop.root))
        finally:
            shop.stop()
