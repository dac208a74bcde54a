import { expect, test, type Page } from "@playwright/test";
import { fits, runsScripts, watch } from "./support";

// Choosing among variants, with scripts and without: the address says what is chosen, and the place on the page stays.

let faults: string[];
test.beforeEach(({ page }) => {
  faults = watch(page);
});
test.afterEach(() => {
  expect(faults).toEqual([]);
});

const choice = (page: Page, value: string) => page.locator("a.choice", { has: page.getByText(value, { exact: true }) });
const price = (page: Page) => page.locator(".product__price .price__now");

test("every option changes price, stock, SKU, picture and address", async ({ page }) => {
  await page.goto("/search?q=scroll+lever");
  const list = page.url();
  await page.goto("/products/victorian-scroll-lever");
  await fits(page);
  await expect(price(page)).toHaveText("£29.95");
  const picture = () => page.locator(".gallery__picture img").first().getAttribute("src");
  const first = await picture();
  const documents: string[] = [];
  page.on("request", (request) => request.isNavigationRequest() && documents.push(request.url()));

  if (runsScripts()) await page.getByLabel("Quantity", { exact: true }).fill("3");
  await choice(page, "Bathroom").click();
  await expect(page).toHaveURL(/\?sku=OTT-SL-BAT-PB/);
  await expect(price(page)).toHaveText("£34.95");
  await expect(page.locator(".product__perks")).toContainText("SKU OTT-SL-BAT-PB");
  await expect(choice(page, "Bathroom")).toHaveAttribute("aria-current", "true");
  // of the same finish
  expect(await picture()).toBe(first);
  await expect(choice(page, "Bathroom")).toBeInViewport();
  await expect(price(page)).toBeInViewport();
  // sold out together with what is chosen
  await expect(choice(page, "Satin nickel")).toContainText("sold out");

  await choice(page, "Satin nickel").click();
  await expect(page).toHaveURL(/\?sku=OTT-SL-BAT-SN/);
  await expect(page.locator(".product__buy .stock")).toHaveText("Out of stock");
  await expect(page.getByRole("button", { name: "Add to cart" })).toHaveCount(0);
  expect(await picture()).not.toBe(first);
  await choice(page, "Lock").click();
  await expect(page.locator(".product__buy .stock")).toHaveText("In stock");
  await fits(page);

  if (runsScripts()) {
    expect(documents, "nothing was loaded anew").toEqual([]);
    await expect(page.getByLabel("Quantity", { exact: true })).toHaveValue("1");
    await expect(page.getByRole("button", { name: "Quantity: one more" })).toHaveCount(1);
    await expect(choice(page, "Lock")).toBeFocused();
    await expect(page.locator("[data-says]")).toHaveText(/^Lock, Satin nickel: £32\.45\. In stock\. SKU OTT-SL-LOC-SN\.$/);
  }
  await page.reload();
  await expect(price(page)).toHaveText("£32.45");
  await expect(choice(page, "Lock")).toHaveAttribute("aria-current", "true");

  await page.getByRole("button", { name: "Add to cart" }).click();
  await expect(page.getByText(/^Added\./)).toBeVisible();
  await expect(price(page)).toHaveText("£32.45");
  await page.goto("/cart");
  await expect(page.locator(".cart-line")).toContainText("Lock · Satin nickel");
  await page.locator(".cart-line__title a").click();
  await expect(price(page)).toHaveText("£32.45");

  // choices are no steps of the way
  if (runsScripts()) {
    await page.goto(list);
    await page.getByRole("link", { name: /scroll lever/i }).first().click();
    await choice(page, "Bathroom").click();
    await expect(page).toHaveURL(/\?sku=OTT-SL-BAT-PB/);
    await page.goBack();
    await expect(page).toHaveURL(list);
  }
});

test("the place on the page and what is wanted stay", async ({ page }) => {
  test.skip(!runsScripts(), "for scripts");
  await page.goto("/products/cast-house-numbers");
  await page.getByLabel("Quantity", { exact: true }).fill("3");
  const numeral = choice(page, "6 or 9");
  await numeral.scrollIntoViewIfNeeded();
  const before = (await numeral.boundingBox())!.y;
  await numeral.click();
  await expect(page).toHaveURL(/\?sku=/);
  await expect(choice(page, "6 or 9")).toHaveAttribute("aria-current", "true");
  expect(Math.abs((await choice(page, "6 or 9").boundingBox())!.y - before)).toBeLessThan(2);
  await expect(page.getByLabel("Quantity", { exact: true })).toHaveValue("3");
});

test("a choice that cannot be fetched is a link", async ({ page }) => {
  test.skip(!runsScripts(), "for scripts");
  await page.goto("/products/victorian-scroll-lever");
  // the fetch fails, the browser's own way does not
  await page.route(/sku=OTT-SL-LOC-PB/, (route) => (route.request().isNavigationRequest() ? route.continue() : route.abort()));
  await choice(page, "Lock").click();
  await expect(page).toHaveURL(/\?sku=OTT-SL-LOC-PB#buy/);
  await expect(choice(page, "Lock")).toHaveAttribute("aria-current", "true");
  faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes("ERR_FAILED")));
});

test("many values stay within the screen", async ({ page }) => {
  await page.goto("/products/cast-house-numbers");
  await fits(page);
  for (const group of await page.locator(".choices--pills").all())
    expect((await group.boundingBox())!.height).toBeLessThan(260);
});
