import { expect, test, type Page } from "@playwright/test";
import { fillCheckout, pay, putInCart } from "./buying";
import { fits, signInAsCustomer, watch } from "./support";

// Stripe's form on a page of the shop, with the stand-in for Stripe's script; and the button to Stripe's page for whoever
// cannot or will not.

const form = (page: Page) => page.frameLocator("iframe[title='Secure payment input frame']");
const payHere = (page: Page) => page.locator("[data-pay-here]").getByRole("button", { name: /pay £/i });
const payThere = (page: Page) => page.getByRole("button", { name: "Pay on Stripe’s page" });
const thanked = (page: Page) => expect(page.getByRole("heading", { level: 1, name: /Thank you/ })).toBeVisible();

async function orders(page: Page, email: string) {
  await putInCart(page, "hammer");
  await fillCheckout(page, email);
  await pay(page).click();
}

/** Up to the form, ready to pay. */
async function atTheForm(page: Page, email: string) {
  await orders(page, email);
  await expect(page).toHaveURL(/\/orders\/IM-\d+\/pay/);
  await expect(payHere(page)).toBeEnabled();
  await fits(page);
}

test("pays without leaving the shop", async ({ page }) => {
  const faults = watch(page);
  await atTheForm(page, "ada.stays@example.org");
  await expect(form(page).locator("input[type=text], input:not([type])")).toHaveCount(0);
  await payHere(page).click();
  await thanked(page);
  expect(faults).toEqual([]);
});

test("is declined, told so, and pays with another card", async ({ page }) => {
  await atTheForm(page, "ada.declined@example.org");
  await form(page).getByLabel("A card that is declined").check();
  await payHere(page).click();
  await expect(page.getByRole("alert").filter({ hasText: "Your card was declined." })).toBeVisible();
  await form(page).getByLabel("A card that pays").check();
  await payHere(page).click();
  await thanked(page);
});

test("authenticates at the bank and comes back", async ({ page }) => {
  await atTheForm(page, "ada.asked@example.org");
  await form(page).getByLabel("A card whose bank asks first").check();
  await payHere(page).click();
  await page.getByRole("button", { name: "Complete authentication" }).click();
  await thanked(page);
});

test("with the script blocked, Stripe's page is there", async ({ page }) => {
  await page.route("**/stripe.js", (route) => route.abort());
  await orders(page, "ada.blocks@example.org");
  await expect(page).toHaveURL(/\/orders\/IM-\d+\/pay/);
  await expect(payThere(page)).toBeVisible();
  await expect(payHere(page)).toBeHidden();
  await payThere(page).click();
  await expect(page).toHaveURL(/127\.0\.0\.1/);
  await pay(page).click();
  await thanked(page);
});

test("without scripts, the way leads to Stripe's page as ever", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await orders(page, "ada.scriptless@example.org");
  await expect(page).toHaveURL(/127\.0\.0\.1/);
  await pay(page).click();
  await thanked(page);
  await context.close();
});

test("the form here is of no use once Stripe's page is open in another tab", async ({ page, context }) => {
  await atTheForm(page, "ada.twotabs@example.org");
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(payHere(other)).toBeEnabled();
  await payThere(other).click();
  await expect(other).toHaveURL(/127\.0\.0\.1/);
  await payHere(page).click();
  await expect(page.getByRole("alert").filter({ hasText: /canceled/ })).toBeVisible();
  await pay(other).click();
  await thanked(other);
});

test("a customer keeps a card here and finds it in the account and in the next form", async ({ page }) => {
  await signInAsCustomer(page, "ada@example.org");
  await putInCart(page, "chisel");
  await page.goto("/checkout");
  await pay(page).click();
  await expect(payHere(page)).toBeEnabled();
  await form(page).getByLabel("Keep this card for next time").check();
  await payHere(page).click();
  await thanked(page);
  await page.goto("/account/cards");
  await expect(page.getByRole("row", { name: /Visa ending in 4242/ })).toHaveCount(1);

  await putInCart(page, "hinge");
  await page.goto("/checkout");
  await pay(page).click();
  await form(page).getByLabel("visa ending in 4242").check();
  await payHere(page).click();
  await thanked(page);
});
