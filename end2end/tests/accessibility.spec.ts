import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { openProduct, save } from "./catalogue";
import { firstProduct, fits, signInAsCustomer, signInAsStaff, watch } from "./support";

const shop = [
  "/",
  "/categories/hand-tools",
  "/search?q=hammer",
  "/search?q=zzzzzz",
  "/offers",
  "/help",
  "/cart",
  "/login",
  "/register",
  "/forgot-password",
  "/dev/mail",
  "/dev/webhooks",
  "/no-such-page",
];
const account = ["", "/orders", "/addresses", "/addresses/new", "/watches", "/profile", "/devices"];
const admin = [
  "",
  "/orders",
  "/payments",
  "/payments/differences",
  "/inventory",
  "/products",
  "/products?q=hammer&status=published",
  "/products/new",
  "/products/pictures",
  "/categories",
  "/api-keys",
  "/api-keys/new",
  "/notifications",
  "/notifications/preferences",
  "/webhooks",
  "/webhooks/new",
];

async function check(page: Page, path: string) {
  await page.goto(path);
  await checkHere(page);
}

/** The page that is shown. */
async function checkHere(page: Page) {
  const { pathname } = new URL(page.url());
  await fits(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(grave.map((v) => `${pathname}: ${v.id}: ${v.nodes.map((n) => n.target).join(" | ")}`)).toEqual([]);
}

/** Goes to the first thing of a list. */
async function openFirst(page: Page, list: string) {
  await page.goto(list);
  await page.locator("a.table__main, a.tree__name").first().click();
  await expect(page).not.toHaveURL(list);
}

/** The page on which two versions of a product are compared: it was saved in another window meanwhile. */
async function openConflict(page: Page) {
  const other = await page.context().newPage();
  await openProduct(page, "Mortice gauge");
  await openProduct(other, "Mortice gauge");
  await other.getByLabel("In short").fill(`Theirs, at ${Date.now()}`);
  await save(other);
  await expect(other.getByText("Saved.")).toBeVisible();
  await page.getByLabel("In short").fill(`Mine, at ${Date.now()}`);
  await save(page);
  await expect(page).toHaveURL(/conflict/);
  await other.close();
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`axe finds no serious fault, ${colorScheme}`, () => {
    let faults: string[];
    test.beforeEach(async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      faults = watch(page);
    });
    // the page that is not there says so in the console, too
    test.afterEach(() => {
      expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
    });

    test("in the shop", async ({ page }) => {
      for (const path of shop) await check(page, path);
      await page.goto("/categories/hammers");
      await check(page, (await firstProduct(page).getAttribute("href"))!);
      await page.getByRole("button", { name: "Add to cart" }).click();
      await check(page, "/cart");
      await check(page, "/checkout");
    });

    test("in the account", async ({ page }) => {
      await signInAsCustomer(page, "ada@example.org");
      for (const path of account) await check(page, `/account${path}`);
      await openFirst(page, "/account/orders");
      await checkHere(page);
    });

    test("in the admin's lists", async ({ page }) => {
      await check(page, "/admin/login");
      await signInAsStaff(page);
      for (const path of admin) await check(page, `/admin${path}`);
    });

    test("on the pages of an API key", async ({ page }) => {
      await signInAsStaff(page);
      await page.goto("/admin/api-keys/new");
      await page.getByLabel("Name").fill(`Warehouse robot, ${colorScheme}`);
      await page.getByRole("checkbox", { name: "See orders" }).check();
      await page.getByRole("button", { name: "Make the key" }).click();
      await expect(page.getByText(/^im_[0-9a-f]{12}_[0-9a-f]{64}$/)).toBeVisible();
      await checkHere(page);
      await check(page, "/admin/api-keys");
      await page.getByRole("link", { name: `Warehouse robot, ${colorScheme}` }).first().click();
      await page.getByRole("link", { name: "Revoke…" }).click();
      await checkHere(page);
      await page.getByRole("button", { name: "Revoke the key" }).click();
      await expect(page.getByText("Revoked. It is refused from now on.")).toBeVisible();
    });

    test("on the pages of a webhook", async ({ page }) => {
      await signInAsStaff(page);
      // the sample's
      await page.goto("/admin/webhooks?q=dev");
      await page.getByRole("link", { name: "/dev/webhooks" }).click();
      const here = page.url();
      await page.getByRole("button", { name: "Send a test" }).click();
      await checkHere(page);
      await expect(async () => {
        await page.goto("/dev/webhooks");
        await expect(page.locator("[data-message]", { hasText: "webhook.tested" }).first()).toBeVisible({ timeout: 1_000 });
      }).toPass();
      await expect(page.getByText("signature checked").first()).toBeVisible();
      await checkHere(page);
      for (const part of ["edit", "replay", "delete"]) await check(page, `${here}/${part}`);
      await page.goto(here);
      await page.getByRole("link", { name: "webhook.tested" }).first().click();
      await page.getByText("What went back and forth").first().click();
      await checkHere(page);
    });

    test("on the admin's pages of one thing", async ({ page }) => {
      await signInAsStaff(page, "manager");
      for (const list of ["/admin/orders", "/admin/inventory", "/admin/categories"]) {
        await openFirst(page, list);
        await checkHere(page);
      }
      for (const name of ["Pin hammer", "Warrington pattern hammer"]) {
        await openProduct(page, name);
        await checkHere(page);
      }
      await check(page, `${new URL(page.url()).pathname}/preview`);
      await openConflict(page);
      await checkHere(page);
    });
  });
}
