import { expect, test } from "@playwright/test";
import { openProduct, save } from "./catalogue";
import { fits, signInAsStaff, watch } from "./support";

test("two people edit one product: the second save is stopped and shows both", async ({ page, browser }) => {
  const other = await (await browser.newContext()).newPage();
  const faults = [watch(page), watch(other)];
  await signInAsStaff(page, "manager");
  await signInAsStaff(other, "catalogue");
  const theirs = `Theirs, of ${test.info().project.name}`;
  const mine = `Mine, of ${test.info().project.name}`;

  await openProduct(page, "Dovetail saw");
  await openProduct(other, "Dovetail saw");
  await other.getByLabel("In short").fill(theirs);
  await save(other);
  await expect(other.getByText(/Saved\. This is version \d+ now\./)).toBeVisible();
  await page.getByLabel("In short").fill(mine);
  await save(page);

  await expect(page.getByRole("heading", { level: 1, name: "Someone saved this before you" })).toBeVisible();
  const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "In short" }) });
  await expect(row).toContainText(theirs);
  await expect(row).toContainText(mine);
  await fits(page);
  await other.reload();
  await expect(other.getByLabel("In short")).toHaveValue(theirs);

  await page.getByRole("button", { name: "Save mine over it" }).click();
  await expect(page.getByLabel("In short")).toHaveValue(mine);
  expect(faults.flat()).toEqual([]);
  await other.context().close();
});
