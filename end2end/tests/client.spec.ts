import { test, expect } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, cpSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import openapi, { astToString } from "openapi-typescript";

// A client in TypeScript, made from the API's own document, compiles in strict mode and works.
test("a client is made from the API's document", async ({ baseURL, request }) => {
  const document = await (await request.get("/api/openapi.json")).json();
  const folder = mkdtempSync(join(tmpdir(), "ironmonger-client-"));
  cpSync("client/shopper.ts", join(folder, "shopper.ts"));
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  // what has a default may be left out
  writeFileSync(join(folder, "api.ts"), astToString(await openapi(document, { defaultNonNullable: false })));

  const options = ["--strict", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", "--outDir", "out"];
  const compile = () => execFileSync(resolve("node_modules/.bin/tsc"), [...options, "shopper.ts"], { cwd: folder, encoding: "utf8" });
  expect(compile(), "the compiler says nothing").toBe("");

  const { firstCart } = await import(pathToFileURL(join(folder, "out", "shopper.js")).href);
  const cart = await firstCart(baseURL);
  expect(cart).toMatchObject({ product: expect.stringMatching(/plane/i), lines: 1 });
  expect(Number(cart.total)).toBeGreaterThan(0);
});
