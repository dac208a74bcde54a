import { defineConfig } from "@playwright/test";
import { existsSync } from "node:fs";

// The system's Chromium: no browser is downloaded.
const chromium =
  process.env.CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"].find(existsSync);

const port = Number(process.env.END2END_PORT ?? 3970);

// a second shop, where shoppers pay in place
const inPlace = port + 10;

const desktop = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };

function shop(port: number, env: Record<string, string>) {
  return {
    command: "./start-shop",
    url: `http://localhost:${port}/health/ready`,
    timeout: 300_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: "SIGTERM" as const, timeout: 20_000 },
    stdout: "pipe" as const,
    env: { PORT: String(port), ...env },
  };
}

export default defineConfig({
  testDir: "tests",
  timeout: 120_000,
  expect: { timeout: 10_000 },
  // one shop, one database: journeys share it, so they run one after another
  workers: 1,
  fullyParallel: false,
  retries: 0,
  reporter: [["list"]],
  use: {
    baseURL: `http://localhost:${port}`,
    launchOptions: {
      executablePath: chromium,
      args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
  projects: [
    { name: "desktop", testIgnore: "pay-in-place.spec.ts", use: { viewport: desktop } },
    { name: "phone", testIgnore: ["client.spec.ts", "pay-in-place.spec.ts"], use: { viewport: phone, hasTouch: true, isMobile: true } },
    // axe is a script itself
    { name: "desktop, no script", testIgnore: ["accessibility.spec.ts", "client.spec.ts", "live.spec.ts", "pay-in-place.spec.ts", "webhooks.spec.ts"], use: { viewport: desktop, javaScriptEnabled: false } },
    { name: "phone, no script", testIgnore: ["accessibility.spec.ts", "client.spec.ts", "live.spec.ts", "pay-in-place.spec.ts", "webhooks.spec.ts"], use: { viewport: phone, hasTouch: true, isMobile: true, javaScriptEnabled: false } },
    // scripts or none is what these are about, so they choose for themselves
    { name: "in place", testMatch: "pay-in-place.spec.ts", use: { viewport: desktop, baseURL: `http://localhost:${inPlace}` } },
  ],
  webServer: [shop(port, {}), shop(inPlace, { STRIPE_EMBEDDED: "on" })],
});
