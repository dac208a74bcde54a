import { expect, test, type Page } from "@playwright/test";
import { fits, runsScripts, watch } from "./support";

// Narrowing and sorting a list, with scripts and without: nothing that was ticked is lost, and the place on the page stays.

let faults: string[];
test.beforeEach(({ page }) => {
  faults = watch(page);
});
test.afterEach(() => {
  expect(faults).toEqual([]);
});

const onPhone = () => test.info().project.use.isMobile === true;

async function openFilters(page: Page) {
  if (onPhone()) await page.getByRole("link", { name: "Filter", exact: true }).click();
}
const closeFilters = async (page: Page) => {
  if (onPhone()) await page.getByRole("link", { name: "Close", exact: true }).click();
};

test("what is ticked is not lost by sorting", async ({ page }) => {
  await page.goto("/categories/hammers");
  await fits(page);
  await openFilters(page);
  const inStock = page.getByRole("checkbox", { name: /^In stock/ });
  await inStock.check();
  if (runsScripts()) await expect(page).toHaveURL(/\?inStock=true/);
  await closeFilters(page);
  const order = page.getByLabel("Sort by");
  await order.focus();
  await order.selectOption("price:desc");
  if (!runsScripts()) await page.getByRole("button", { name: "Sort" }).click();
  await expect(page).toHaveURL(/sort=price(:|%3A)desc/);
  await expect(page).toHaveURL(/inStock=true/);
  await expect(order).toHaveValue("price:desc");
  await openFilters(page);
  await expect(inStock).toBeChecked();
});

test("filters narrow the list where it stands", async ({ page }) => {
  test.skip(!runsScripts(), "for scripts");
  await page.goto("/categories/hand-tools");
  const count = () => page.locator(".result-bar__count strong").textContent();
  const all = await count();
  await openFilters(page);
  const brand = page.locator("input[name=brand]").first();
  await brand.scrollIntoViewIfNeeded();
  const before = (await brand.boundingBox())!.y;
  await brand.check();
  await expect(page).toHaveURL(/\?brand=/);
  await expect.poll(count).not.toBe(all);
  await expect(brand).toBeChecked();
  await expect(brand).toBeFocused();
  expect(Math.abs((await brand.boundingBox())!.y - before)).toBeLessThan(2);
  await expect(page.locator("[data-says]")).toHaveText(/^\d+ products?$/);
  // the list of before is one step back
  await page.goBack();
  await expect(page).not.toHaveURL(/brand=/);
  await expect.poll(count).toBe(all);
  await expect(page.locator("input[name=brand]").first()).not.toBeChecked();
});
