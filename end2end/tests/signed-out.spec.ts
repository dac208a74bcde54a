import { expect, test, type Page } from "@playwright/test";
import { pay, putInCart } from "./buying";
import { openProduct, save } from "./catalogue";
import { demoPassword, fits, signInAsCustomer, signInAsStaff, watch } from "./support";

// A form that is sent when nobody is signed in any more, or somebody else: what was typed is there again after the sign-in.

const shownAgain = "What you had typed is here again";

/** On the page that asks for it. */
async function signInAgain(page: Page, email: string) {
  await fits(page);
  await page.getByLabel("E-mail address").first().fill(email);
  await page.getByLabel("Password").first().fill(demoPassword);
  await page.locator("main").getByRole("button", { name: "Sign in" }).click();
}

test("a product form outlives the end of the session, and somebody else who signs in", async ({ page }) => {
  const faults = watch(page);
  const words = `Typed for an hour, in ${test.info().project.name}`;
  await signInAsStaff(page, "catalogue");
  await openProduct(page, "Dovetail saw");
  await page.getByLabel("In short").fill(words);

  // in a second tab
  const tab = await page.context().newPage();
  await tab.goto("/admin");
  const menu = tab.locator("summary.menu__toggle");
  if (await menu.isVisible()) await menu.click();
  await tab.getByRole("button", { name: "Sign out" }).locator("visible=true").first().click();
  await expect(tab).toHaveURL(/\/admin\/login/);

  await save(page);
  await expect(page).toHaveURL(/\/admin\/login\?next=/);
  await expect(page.getByText("You are signed out, so nothing is saved yet.")).toBeVisible();

  // somebody else is there first, and sees the page without it
  await signInAsStaff(tab, "manager");
  await openProduct(tab, "Dovetail saw");
  await expect(tab.getByLabel("In short")).not.toHaveValue(words);
  await tab.close();

  await signInAgain(page, "catalogue@ironmonger.example");
  await expect(page.getByText(shownAgain)).toBeVisible();
  await expect(page.getByLabel("In short")).toHaveValue(words);
  await fits(page);
  await save(page);
  await expect(page.getByText(/Saved\. This is version \d+ now\./)).toBeVisible();
  await expect(page.getByLabel("In short")).toHaveValue(words);
  expect(faults).toEqual([]);
});

test("a checkout outlives the loss of all cookies", async ({ page }) => {
  const faults = watch(page);
  const shopper = "george@example.org";
  await signInAsCustomer(page, shopper);
  // of a price that no other test changes: the cart is this shopper's in all projects
  await putInCart(page, "hinge");
  await page.goto("/checkout");
  await page.getByLabel("A note for us").fill("Ring twice, the bell is shy");
  await page.context().clearCookies();
  await pay(page).click();

  await expect(page).toHaveURL(/\/login\?next=%2Fcheckout/);
  await signInAgain(page, shopper);
  await expect(page).toHaveURL(/\/checkout/);
  await expect(page.getByText(shownAgain)).toBeVisible();
  await expect(page.getByLabel("A note for us")).toHaveValue("Ring twice, the bell is shy");
  await fits(page);
  expect(faults).toEqual([]);
});
