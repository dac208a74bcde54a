import { expect, type Page } from "@playwright/test";
import { firstProduct, fits } from "./support";

// From the front page to the button that pays.

export const pay = (page: Page) => page.getByRole("button", { name: /pay £/i });

export async function putInCart(page: Page, words: string) {
  await page.goto("/");
  await fits(page);
  const search = page.getByRole("searchbox").first();
  await search.fill(words);
  await search.press("Enter");
  await expect(page).toHaveURL(/\/search/);
  await fits(page);
  await firstProduct(page).click();
  await expect(page).toHaveURL(/\/products\//);
  await fits(page);
  await page.getByRole("button", { name: "Add to cart" }).click();
  await page.goto("/cart");
  await fits(page);
  await expect(page.locator(".cart-line")).toHaveCount(1);
}

export async function fillCheckout(page: Page, email: string) {
  await page.goto("/checkout");
  await fits(page);
  await page.getByLabel("E-mail address").first().fill(email);
  await page.getByLabel("First name").first().fill("Ada");
  await page.getByLabel("Last name").first().fill("Byron");
  await page.getByLabel(/^Street|^Address/).first().fill("12 Forge Lane");
  await page.getByLabel(/^Town|^City/).first().fill("Sheffield");
  await page.getByLabel(/^Postal code|^Postcode/).first().fill("S1 2AB");
}
