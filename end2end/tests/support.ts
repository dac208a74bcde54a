import { expect, test, type Page } from "@playwright/test";

// Of every account of the sample: see src/seed/people.rs.
export const demoPassword = "hammer and tongs";

/** Collects what must not happen while a page is open: console errors and answers of 500 and more. */
export function watch(page: Page): string[] {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()} (${page.url()})`);
  });
  page.on("pageerror", (error) => faults.push(`script: ${error.message} (${page.url()})`));
  page.on("response", (response) => {
    if (response.status() >= 500) faults.push(`${response.status()} ${response.url()}`);
  });
  return faults;
}

/** No page scrolls sideways. */
export async function fits(page: Page) {
  const root = page.locator("html");
  const [content, screen] = await root.evaluate((html) => [html.scrollWidth, html.clientWidth]);
  expect(content, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(screen);
}

/** The first product of a listing. */
export const firstProduct = (page: Page) => page.locator(".product-card__title a, a.product-card__title").first();

export async function signInAsStaff(page: Page, who = "admin") {
  await page.goto("/admin/login");
  await page.getByLabel("E-mail address").fill(`${who}@ironmonger.example`);
  await page.getByLabel("Password").fill(demoPassword);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/admin$/);
}

export async function signInAsCustomer(page: Page, email: string) {
  await page.goto("/login");
  await page.getByLabel("E-mail address").first().fill(email);
  await page.getByLabel("Password").first().fill(demoPassword);
  await page.locator("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/account/);
}

/** Whether the browser of this project runs scripts. */
export const runsScripts = () => test.info().project.use.javaScriptEnabled !== false;
