"""Receives webhooks as docs/EVENTS.md tells receivers to, in Python: checks their signatures with `standardwebhooks`, and decrypts them
with `jwcrypto` and `joserfc`.

Starts the program that was built last, with sample data, and makes a webhook by the JSON API. Run it where its libraries are:
`$(scripts/venv webhooks)/bin/python scripts/check_webhooks.py`.
"""

import base64, datetime, http.server, json, os, sys, tempfile, threading, time, urllib.request

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
import joserfc.jwe, joserfc.jwk, jwcrypto.jwe, jwcrypto.jwk
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from sample_shop import PASSWORD, PEOPLE, Shop


class Receiver(http.server.BaseHTTPRequestHandler):
    messages = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.messages.append(({name.lower(): value for name, value in self.headers.items()}, body.decode()))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Api:
    def __init__(self, root, token):
        self.root, self.token = root, token

    def post(self, path, body):
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = urllib.request.Request(self.root + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]


def arrived(count):
    for _ in range(300):
        if len(Receiver.messages) >= count:
            return Receiver.messages[count - 1]
        time.sleep(0.1)
    sys.exit(f"Message {count} did not arrive.")


def check(root):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    credentials = {"email": PEOPLE["admin"], "password": PASSWORD}
    request = urllib.request.Request(root + "/api/auth/login", json.dumps(credentials).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        api = Api(root, json.load(answer)["data"]["accessToken"])
    url = f"http://127.0.0.1:{server.server_port}/hooks"
    webhook = api.post("/api/webhooks", {"name": "Python", "url": url, "topics": ["order.paid"]})
    at = f"/api/webhooks/{webhook['id']}"

    api.post(f"{at}/test", {})
    headers, body = arrived(1)
    event = Webhook(webhook["secret"]).verify(body, headers)
    assert event["type"] == "webhook.tested" and event["data"]["name"] == "Python", event
    try:
        Webhook(webhook["secret"]).verify(body.replace("tested", "tasted"), headers)
        sys.exit("A changed body passed.")
    except WebhookVerificationError:
        pass
    public = next(key["publicKey"] for key in webhook["signingKeys"] if key["kind"] == "v1a")
    signature = next(part for part in headers["webhook-signature"].split() if part.startswith("v1a,"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_"))).verify(
        base64.b64decode(signature.removeprefix("v1a,")), content)

    count = 1
    for kty, crv in [("EC", "P-256"), ("OKP", "X25519")]:
        key = jwcrypto.jwk.JWK.generate(kty=kty, crv=crv, kid=f"key on {crv}")
        api.post(f"{at}/keys", {"jwk": key.export_public(), "isActive": True})
        api.post(f"{at}/test", {})
        count += 1
        headers, body = arrived(count)
        assert headers["content-type"] == "application/jose", headers
        # the libraries of the standard parse what they checked as JSON, which this is not: only the signature is looked at
        signed = Webhook(webhook["secret"]).sign(
            headers["webhook-id"], moment(headers["webhook-timestamp"]), body)
        assert signed in headers["webhook-signature"].split(), headers
        message = jwcrypto.jwe.JWE()
        message.deserialize(body, key=key)
        other = joserfc.jwk.import_key(json.loads(key.export_private()))
        algorithms = ["ECDH-ES", "A256GCM"]
        again = joserfc.jwe.decrypt_compact(body, other, algorithms=algorithms).plaintext
        assert message.payload == again and json.loads(again)["type"] == "webhook.tested", again
        assert json.loads(body_header(body))["kid"] == f"key on {crv}"
    print("Webhooks are signed and encrypted as standardwebhooks, jwcrypto and joserfc read them.")


def body_header(body):
    part = body.split(".")[0]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def moment(seconds):
    return datetime.datetime.fromtimestamp(int(seconds), tz=datetime.timezone.utc)


def main():
    with tempfile.TemporaryDirectory(prefix="ironmonger-webhooks-") as folder:
        os.chmod(folder, 0o755)  # for PostgreSQL, which root starts as somebody else
        shop = Shop(folder)
        try:
            shop.ready()
            check(shop.root)
        finally:
            shop.stop()


if __name__ == "__main__":
    main()
