// Staff make a webhook, and a receiver checks and reads what arrives with the libraries of its language.
import { expect, test } from "@playwright/test";
import { compactDecrypt, exportJWK, generateKeyPair } from "jose";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { fits, signInAsStaff, watch } from "./support";

type Message = { headers: IncomingHttpHeaders; body: string };

/** Takes everything that is posted to it. */
async function receiver() {
  const messages: Message[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      messages.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hooks`, messages, close: () => server.close() };
}

test("a webhook is made, tested, encrypted and deleted", async ({ page }) => {
  const faults = watch(page);
  const to = await receiver();
  await signInAsStaff(page);
  await page.goto("/admin/webhooks");
  await page.getByRole("link", { name: "New webhook" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Accounting");
  await page.getByRole("textbox", { name: "Address" }).fill(to.url);
  await page.getByRole("checkbox", { name: "order.paid" }).check();
  await fits(page);
  await page.getByRole("button", { name: "Make the webhook" }).click();
  const secret = await page.locator(".notice .secret").innerText();
  await fits(page);

  await page.getByRole("button", { name: "Send a test" }).click();
  await expect.poll(() => to.messages.length).toBe(1);
  const headers = (message: Message) => message.headers as Record<string, string>;
  const [first] = to.messages;
  expect(new Webhook(secret).verify(first.body, headers(first))).toMatchObject({ type: "webhook.tested" });
  expect(() => new Webhook(secret).verify(first.body.replace("tested", "tasted"), headers(first))).toThrow();

  for (const [crv, alg] of [["P-256", "ECDH-ES"], ["X25519", "ECDH-ES"]] as const) {
    const pair = await generateKeyPair(alg, { crv, extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: crv };
    await page.getByText("Add a key…").click();
    await page.getByRole("textbox", { name: "Public key" }).fill(JSON.stringify(jwk));
    await page.getByRole("button", { name: "Add the key" }).click();
    await expect(page.getByText(`${crv}. Messages are encrypted with it.`)).toBeVisible();
    const there = to.messages.length;
    await page.getByRole("button", { name: "Send a test" }).click();
    await expect.poll(() => to.messages.length).toBe(there + 1);
    const message = to.messages[there];
    expect(message.headers["content-type"]).toBe("application/jose");
    // what is signed is the ciphertext
    const { plaintext, protectedHeader } = await compactDecrypt(message.body, pair.privateKey);
    expect(protectedHeader.kid).toBe(crv);
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toMatchObject({ type: "webhook.tested", data: { name: "Accounting" } });
    const signed = new Webhook(secret).sign(message.headers["webhook-id"] as string, new Date(Number(message.headers["webhook-timestamp"]) * 1000), message.body);
    expect((message.headers["webhook-signature"] as string).split(" ")).toContain(signed);
  }

  await page.reload();
  await page.getByRole("link", { name: "webhook.tested" }).first().click();
  await expect(page.getByRole("heading", { name: /the receiver answered 204/ })).toBeVisible();
  await fits(page);
  await page.getByRole("link", { name: "Accounting" }).click();
  await page.getByRole("link", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete the webhook" }).click();
  await expect(page.getByText("Deleted.")).toBeVisible();
  to.close();
  expect(faults).toEqual([]);
});
