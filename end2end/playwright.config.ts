import { defineConfig } from "@playwright/test";
import { existsSync } from "node:fs";

// The system's Chromium: no browser is downloaded.
const chromium =
  process.env.CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"].find(existsSync);

const port = Number(process.env.END2END_PORT ?? 3970);

const desktop = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };

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
    { name: "desktop", use: { viewport: desktop } },
    { name: "phone", use: { viewport: phone, hasTouch: true, isMobile: true } },
    // axe is a script itself
    { name: "desktop, no script", testIgnore: "accessibility.spec.ts", use: { viewport: desktop, javaScriptEnabled: false } },
    { name: "phone, no script", testIgnore: "accessibility.spec.ts", use: { viewport: phone, hasTouch: true, isMobile: true, javaScriptEnabled: false } },
  ],
  webServer: {
    command: "./start-shop",
    url: `http://localhost:${port}/health/ready`,
    timeout: 300_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: "SIGTERM", timeout: 20_000 },
    stdout: "pipe",
    env: { PORT: String(port) },
  },
});
