// A report that is scheduled from its screen, written, downloaded and deleted.

import { readFileSync } from "node:fs";
import { openAccounts, part } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test("a report is scheduled with the search fields of its screen, written and downloaded", async ({
  page,
  tolerated,
}) => {
  tolerated.push(/422/);
  await open(page, "/");
  await openAccounts(page);
  await page.getByRole("searchbox").fill("nobody is called so");
  await expect(page).toHaveURL(/q=nobody/);
  await page.getByRole("button", { name: "Actions", exact: true }).click();
  await page.getByRole("link", { name: "Schedule report" }).click();

  const dialog = page.getByRole("dialog", { name: "Schedule report" });
  await expect(dialog.getByLabel("Report", { exact: true })).toHaveValue("accounts");
  await expect(dialog).toContainText("q=nobody");
  await dialog.getByLabel("Name", { exact: true }).fill("");
  await dialog.getByLabel("Keep for (days)").fill("0");
  await dialog.getByRole("button", { name: "Schedule" }).click();
  await expect(dialog).toContainText("This field is required.");
  await expect(dialog).toContainText("A whole number from 1 to 3650.");
  await dialog.getByLabel("Name", { exact: true }).fill("Called so");
  await dialog.getByLabel("How often").selectOption({ label: "Every week" });
  await dialog.getByLabel("On", { exact: true }).selectOption({ label: "Friday" });
  await dialog.getByLabel("At (UTC)").fill("06:30");
  await dialog.getByLabel("Keep for (days)").fill("7");
  await dialog.getByRole("button", { name: "Schedule" }).click();
  await expect(dialog).toBeHidden();

  const ours = (heading: string) => part(page, heading).getByRole("row").filter({ hasText: "Called so" });
  const [scheduled, written] = [ours("Scheduled"), ours("Written")];
  await expect(scheduled).toContainText("Every week on Friday at 06:30 UTC");
  await expect(written).toHaveCount(0);
  await scheduled.getByRole("button", { name: "Write Called so now" }).click();
  await expect(written, "without a reload").toHaveCount(1);
  const begun = page.waitForEvent("download");
  await written.getByRole("link", { name: "Download Called so" }).click();
  expect(readFileSync(await (await begun).path(), "utf8").trim().split("\r\n"), "nobody is called so").toHaveLength(1);

  await written.getByRole("button", { name: "Delete Called so" }).click();
  await expect(written).toHaveCount(0);
  await scheduled.getByRole("button", { name: "Do not write Called so any more" }).click();
  await expect(scheduled).toHaveCount(0);
});
