import { expect, test } from "@playwright/test";
import { fillCheckout, pay, putInCart } from "./buying";
import { editProduct, publishProduct } from "./catalogue";
import { fits, signInAsStaff, watch } from "./support";

// The newcomer's journey: find a product, buy it as a guest on the offline Stripe, see the confirmation; then as staff see
// that order and move it on, edit a product, and publish a new one with a picture. Every project runs it: desktop and phone,
// with scripts and without.

let faults: string[];
test.beforeEach(({ page }) => {
  faults = watch(page);
});
test.afterEach(() => {
  expect(faults).toEqual([]);
});

test("a guest finds, buys and pays; staff move the order on, edit a product and publish one", async ({ page, browser }) => {
  await putInCart(page, "hammer");
  await fillCheckout(page, "ada.guest@example.org");
  await pay(page).click();

  // the offline Stripe: declined first, then paid
  await expect(page).toHaveURL(/127\.0\.0\.1/);
  await page.getByRole("button", { name: "Decline" }).click();
  await expect(page.getByText(/declined/i).first()).toBeVisible();
  await pay(page).click();

  await expect(page.getByRole("heading", { level: 1, name: /Thank you/ })).toBeVisible();
  await fits(page);
  const words = await page.getByText(/IM-\d+/).first().textContent();
  const number = words!.match(/IM-\d+/)![0];

  // the confirmation is mailed
  await expect(async () => {
    await page.goto("/dev/mail");
    await expect(page.getByText(number).first()).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 20_000 });

  await signInAsStaff(page);
  await fits(page);
  await page.goto(`/admin/orders?q=${number}`);
  await fits(page);
  await page.getByRole("link", { name: number }).click();
  await fits(page);
  await expect(page.getByText("ada.guest@example.org")).toBeVisible();
  await page.getByRole("button", { name: "Start preparing" }).click();
  await expect(page.getByText("The order is in preparation.")).toBeVisible();
  await page.getByLabel("Carrier").fill("Royal Mail");
  await page.getByLabel("Tracking number").fill("RM123456789GB");
  await page.getByRole("button", { name: "Ship", exact: true }).click();
  await expect(page.getByText("Shipped. The customer gets a mail.")).toBeVisible();
  await fits(page);

  // each project leaves words and a price of its own
  const project = test.info().project;
  const n = test.info().config.projects.findIndex(({ name }) => name === project.name) + 1;
  await editProduct(page, "Pin hammer", { summary: `For pins and patience (${project.name}).`, price: `1${n}.75` });
  const shopper = await (await browser.newContext()).newPage();
  faults.push(...(await publishProduct(page, shopper, `Sample hook no. ${n}`)));
  await shopper.context().close();
});

test("a cancelled payment loses nothing", async ({ page }) => {
  await putInCart(page, "chisel");
  await fillCheckout(page, "ada.cancels@example.org");
  await pay(page).click();
  await expect(page).toHaveURL(/127\.0\.0\.1/);
  await page.locator("a, button").filter({ hasText: /back|cancel/i }).first().click();
  await expect(page).toHaveURL(/localhost/);
  await fits(page);
  await page.getByRole("button", { name: /cart/i }).first().click();
  await page.goto("/cart");
  await expect(page.locator(".cart-line")).toHaveCount(1);
});

test("a refused form keeps what was typed, with a message beside the field", async ({ page }) => {
  await putInCart(page, "hinge");
  await fillCheckout(page, "ada.mistypes@example.org");
  await page.getByLabel(/^Postal code|^Postcode/).first().fill("not a code");
  await pay(page).click();
  await expect(page.locator(".field--error").first()).toBeVisible();
  // above the form and beside the field in the same words, which begin with the field's own label
  const sentence = "Postcode does not look like a postcode of United Kingdom (such as S1 2AB).";
  await expect(page.locator(".field__error", { hasText: sentence })).toBeVisible();
  await page.getByRole("link", { name: sentence }).click();
  await expect(page.getByLabel("Postcode").first()).toBeInViewport();
  await expect(page.getByLabel("First name").first()).toHaveValue("Ada");
  await expect(page.getByLabel(/^Postal code|^Postcode/).first()).toHaveValue("not a code");
  await fits(page);
});
