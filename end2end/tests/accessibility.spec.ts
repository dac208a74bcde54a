import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { firstProduct, fits, signInAsStaff, watch } from "./support";

const shop = ["/", "/categories/hand-tools", "/search?q=hammer", "/search?q=zzzzzz", "/cart", "/login", "/register", "/no-such-page"];
const admin = ["/admin", "/admin/orders", "/admin/inventory"];

async function check(page: Page, path: string) {
  await page.goto(path);
  await fits(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(grave.map((v) => `${path}: ${v.id}: ${v.nodes.map((n) => n.target).join(" | ")}`)).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds no serious fault, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    const faults = watch(page);
    for (const path of shop) await check(page, path);
    await page.goto("/categories/hammers");
    await check(page, (await firstProduct(page).getAttribute("href"))!);
    await check(page, "/admin/login");
    await signInAsStaff(page);
    for (const path of admin) await check(page, path);
    // the page that is not there says so in the console, too
    expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
  });
}
