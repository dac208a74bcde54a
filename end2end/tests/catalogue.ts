import { expect, type Page } from "@playwright/test";
import { firstProduct, fits, watch } from "./support";

// What staff do to products. The page is signed in as staff who may write the catalogue.

/** The form of a product that there is, by its name. */
export async function openProduct(page: Page, name: string) {
  await page.goto(`/admin/products?q=${encodeURIComponent(name)}`);
  await fits(page);
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await fits(page);
}

/** The buttons of a form also stand in a bar that stays in sight. */
export const save = (page: Page) => page.locator(".save-bar").getByRole("button", { name: "Save" }).click();

/** Changes price and text of a product with one variant, and sees both in the shop. */
export async function editProduct(page: Page, name: string, to: { summary: string; price: string }) {
  await openProduct(page, name);
  await page.getByLabel("In short").fill(to.summary);
  await page.getByLabel("Price, £").fill(to.price);
  await save(page);
  await expect(page.getByText(/Saved\. This is version \d+ now\./)).toBeVisible();
  await page.getByRole("link", { name: "View in the shop" }).click();
  await expect(page).toHaveURL(/\/products\//);
  await expect(page.getByText(to.summary)).toBeVisible();
  await expect(page.locator(".product__price")).toContainText(`£${to.price}`);
  await fits(page);
}

/** Writes a product, gives it a picture, looks at it as shoppers would, and publishes it; a shopper finds it. */
export async function publishProduct(page: Page, shopper: Page, name: string): Promise<string[]> {
  const faults = watch(shopper);
  // a real PNG: what a screen shows
  const buffer = await page.screenshot({ clip: { x: 0, y: 0, width: 320, height: 240 } });
  await page.goto("/admin/products");
  await page.getByRole("link", { name: "New product" }).click();
  await fits(page);
  await page.getByLabel("Name", { exact: false }).first().fill(name);
  await page.getByLabel("Description", { exact: true }).fill("Forged, and blacked in oil.\n\nScrews are not included.");
  await page.getByLabel("Category").selectOption({ index: 3 });
  await page.getByLabel("Price, £").fill("7.25");
  await page.getByLabel("First stock").fill("12");
  await save(page);
  await expect(page.getByText("is created, as a draft")).toBeVisible();
  await fits(page);

  await page.getByLabel("More pictures").setInputFiles({ name: "hook.png", mimeType: "image/png", buffer });
  await page.getByLabel("Description", { exact: false }).last().fill("The hook, from the side");
  await page.getByRole("button", { name: "Upload" }).click();
  await expect(page.getByText("The picture is kept.")).toBeVisible();
  await fits(page);
  expect((await shopper.goto("/search?q=" + encodeURIComponent(name)))!.ok()).toBe(true);
  await expect(firstProduct(shopper).filter({ hasText: name })).toHaveCount(0);

  await page.getByRole("button", { name: "Save and publish" }).click();
  await expect(page.getByText("is published: shoppers see it now")).toBeVisible();

  await shopper.goto("/search?q=" + encodeURIComponent(name));
  await firstProduct(shopper).filter({ hasText: name }).click();
  await expect(shopper.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(shopper.getByText("Screws are not included.")).toBeVisible();
  const picture = shopper.getByRole("img", { name: "The hook, from the side" });
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.complete ? img.naturalWidth : 0)).toBeGreaterThan(0);
  await expect(shopper.getByRole("button", { name: "Add to cart" })).toBeVisible();
  await fits(shopper);
  return faults;
}
