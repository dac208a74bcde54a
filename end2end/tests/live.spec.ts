// What is open stays as things are, without loading the page again; and a browser follows over the sealed channel.
import { expect, test, type Browser, type Page } from "@playwright/test";
import { fillCheckout, pay, putInCart } from "./buying";
import { openProduct } from "./catalogue";
import { demoPassword, fits, signInAsStaff, watch } from "./support";

/** Somebody else, at the same shop. */
async function another(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

/** A page that is loaded again forgets this. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { marked: true }));
const isStillTheSame = (page: Page) => page.evaluate(() => "marked" in window);

test("an open product page says how many are left, and when none is", async ({ page, browser }) => {
  const faults = watch(page);
  await page.goto("/products/dovetail-saw");
  const buy = page.locator("#buy");
  await expect(buy.getByRole("button", { name: "Add to cart" })).toBeVisible();
  await mark(page);
  await buy.getByRole("spinbutton", { name: "Quantity" }).fill("2");

  const staff = await another(browser);
  await signInAsStaff(staff);
  await staff.goto("/admin/inventory?q=dovetail");
  await staff.locator("tbody a").first().click();
  const sheet = staff.url();
  const count = async (pieces: string) => {
    await staff.goto(sheet);
    await staff.getByRole("textbox", { name: "Counted" }).fill(pieces);
    await staff.getByRole("textbox", { name: "Reason" }).fill("Counted again");
    await staff.getByRole("button", { name: "Adjust" }).click();
    await expect(staff.getByText("Adjusted.")).toBeVisible();
  };
  await count("3");
  await expect(buy.getByText("Only 3 left")).toBeVisible();
  await expect(buy.getByRole("spinbutton", { name: "Quantity" })).toHaveValue("2");
  await count("0");
  await expect(buy.getByRole("button", { name: "Add to cart" })).toHaveCount(0);
  await count("40");
  await expect(buy.getByRole("button", { name: "Add to cart" })).toBeVisible();
  expect(await isStillTheSame(page)).toBe(true);
  await fits(page);
  expect(faults).toEqual([]);
  await staff.context().close();
});

test("staff hear of new orders and see who edits what they edit", async ({ page, browser }) => {
  const faults = watch(page);
  await signInAsStaff(page);
  await page.goto("/admin/orders");
  await mark(page);
  const before = await page.locator("[data-row]").first().getAttribute("data-row");
  const shopper = await another(browser);
  await putInCart(shopper, "chisel");
  await fillCheckout(shopper, "live@example.org");
  await pay(shopper).click();
  await expect(shopper).toHaveURL(/\/pay\/cs_/);
  const news = page.getByRole("button", { name: /1 new order\. Show/ });
  await expect(news).toBeVisible();
  await fits(page);
  expect(await page.locator("[data-row]").first().getAttribute("data-row"), "nothing moves by itself").toBe(before);
  await news.click();
  await expect(page.locator("[data-row]").first()).not.toHaveAttribute("data-row", before ?? "");
  expect(await isStillTheSame(page)).toBe(true);

  const colleague = await another(browser);
  await signInAsStaff(colleague, "catalogue");
  await openProduct(page, "Dovetail saw");
  await page.getByLabel("In short").fill("I am still typing");
  await openProduct(colleague, "Dovetail saw");
  await expect(page.locator("#editors").getByText("has this product open, too.")).toBeVisible();
  await expect(page.getByLabel("In short")).toHaveValue("I am still typing");
  await colleague.context().close();
  await expect(page.locator("#editors").getByText("has this product open, too.")).toHaveCount(0);
  expect(faults).toEqual([]);
  page.on("dialog", (dialog) => dialog.accept());
  await shopper.context().close();
});

test("a browser follows over the sealed channel with WebCrypto alone", async ({ page }) => {
  await page.goto("/");
  const told = await page.evaluate(
    async ({ email, password }) => {
      const json = async (path: string, options?: RequestInit) => (await fetch(path, options)).json();
      const headers = { "content-type": "application/json" };
      const entered = await json("/api/auth/login", { method: "POST", headers, body: JSON.stringify({ email, password }) });
      const authorization = `Bearer ${entered.data.accessToken}`;
      const { data } = await json("/api/live/tickets", { method: "POST", headers: { authorization } });

      const base64 = (bytes: ArrayBuffer | Uint8Array) =>
        btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      const bytes = (text: string) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
      const utf8 = (text: string) => new TextEncoder().encode(text);
      const number = (n: number) => {
        const eight = new Uint8Array(8);
        new DataView(eight.buffer).setBigUint64(0, BigInt(n));
        return eight;
      };
      const joined = (...parts: (ArrayBuffer | Uint8Array)[]) => {
        const all = parts.flatMap((part) => [...new Uint8Array(part)]);
        return new Uint8Array(all);
      };

      const address = `${location.origin.replace("http", "ws")}/ws?ticket=${encodeURIComponent(data.ticket)}`;
      const socket = new WebSocket(address, "ironmonger.sealed.v1");
      socket.binaryType = "arraybuffer";
      const messages: (string | ArrayBuffer)[] = [];
      let wake = () => {};
      socket.onmessage = ({ data }) => (messages.push(data), wake());
      const next = async () => {
        while (!messages.length) await new Promise<void>((resolve) => (wake = resolve));
        return messages.shift()!;
      };
      await new Promise((resolve, reject) => ((socket.onopen = resolve), (socket.onerror = reject)));

      const own = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
      const ownKey = await crypto.subtle.exportKey("raw", own.publicKey);
      const ownNonce = crypto.getRandomValues(new Uint8Array(32));
      socket.send(JSON.stringify({ hello: { key: base64(ownKey), nonce: base64(ownNonce) } }));
      const { hello } = JSON.parse((await next()) as string);
      const said = [
        utf8("ironmonger.sealed.v1"),
        utf8(location.host),
        await crypto.subtle.digest("SHA-256", utf8(authorization)),
        ownKey,
        ownNonce,
        bytes(hello.key),
        bytes(hello.nonce),
        utf8(hello.kid),
      ];
      const transcript = joined(...said.flatMap((part) => [number(part.byteLength), part]));
      const { keys } = await json("/.well-known/ironmonger-channel-keys.json");
      const { kty, crv, x, y } = keys.find(({ kid }: { kid: string }) => kid === hello.kid);
      const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
      const signs = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, ecdsa, false, ["verify"]);
      const isTheShop = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, signs, bytes(hello.signature), transcript);

      const theirs = await crypto.subtle.importKey("raw", bytes(hello.key), { name: "ECDH", namedCurve: "P-256" }, false, []);
      const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
      const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
      const salt = await crypto.subtle.digest("SHA-256", transcript);
      const key = (label: string, use: KeyUsage) =>
        crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt, info: utf8(label) }, secret, { name: "AES-GCM", length: 256 }, false, [use]);
      const [sends, takes] = [await key("client to server", "encrypt"), await key("server to client", "decrypt")];

      const seal = { name: "AES-GCM", iv: joined(new Uint8Array(4), number(0)), additionalData: new Uint8Array([0, 0, 0]) };
      const sealed = await crypto.subtle.encrypt(seal, sends, utf8(JSON.stringify({ follow: ["admin:orders"] })));
      socket.send(joined(number(0), new Uint8Array(2), sealed));
      const hear = async (n: number, topic: string) => {
        const frame = new Uint8Array((await next()) as ArrayBuffer);
        const additionalData = joined(new Uint8Array([1]), frame.slice(8, 10), utf8(topic));
        const open = { name: "AES-GCM", iv: joined(new Uint8Array(4), number(n)), additionalData };
        return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(open, takes, frame.slice(10))));
      };
      const following = await hear(0, "");
      const update = await hear(1, "admin:orders");
      socket.close();
      return { isTheShop, following, topic: update.topic, version: typeof update.version };
    },
    { email: "admin@ironmonger.example", password: demoPassword },
  );
  expect(told).toEqual({
    isTheShop: true,
    following: { following: "admin:orders", channel: 1 },
    topic: "admin:orders",
    version: "string",
  });
});
