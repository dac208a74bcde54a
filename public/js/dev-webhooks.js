// <div data-decrypts="JWK">: each <pre data-message> within it that holds a compact JWE (ECDH-ES, A256GCM, P-256) shows what is
// in it. As a receiver does: docs/EVENTS.md.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
const number = (n) => [0, 0, n >> 8, n & 255];
const ascii = (text) => new TextEncoder().encode(text);

async function decrypted(jwe, privateKey) {
  const [head, , iv, text, tag] = jwe.split(".");
  const { epk } = JSON.parse(new TextDecoder().decode(bytes(head)));
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("jwk", epk, curve, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, privateKey, 256);
  // Concat KDF, one round: RFC 7518, 4.6.2
  const derived = await crypto.subtle.digest(
    "SHA-256",
    joined(number(1), new Uint8Array(shared), number(7), ascii("A256GCM"), number(0), number(0), number(256)),
  );
  const key = await crypto.subtle.importKey("raw", derived, "AES-GCM", false, ["decrypt"]);
  const algorithm = { name: "AES-GCM", iv: bytes(iv), additionalData: ascii(head) };
  return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, joined(bytes(text), bytes(tag))));
}

for (const place of document.querySelectorAll("[data-decrypts]")) {
  const jwk = JSON.parse(place.dataset.decrypts);
  const privateKey = await crypto.subtle.importKey("jwk", jwk, { name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  for (const message of place.querySelectorAll("[data-message]")) {
    const body = message.textContent.trim();
    const text = body.startsWith("{") ? body : await decrypted(body, privateKey);
    message.textContent = JSON.stringify(JSON.parse(text), null, 2);
  }
}
