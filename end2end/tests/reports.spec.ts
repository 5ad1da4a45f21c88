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

  const [scheduled, written] = [part(page, "Scheduled"), part(page, "Written")];
  await expect(scheduled.getByRole("row").nth(1)).toContainText("Every week on Friday at 06:30 UTC");
  await expect(written).toContainText("Nothing was written yet");
  await scheduled.getByRole("button", { name: "Write Called so now" }).click();
  const row = written.getByRole("row").nth(1);
  await expect(row, "without a reload").toContainText("Called so");
  const begun = page.waitForEvent("download");
  await row.getByRole("link", { name: "Download Called so" }).click();
  expect(readFileSync(await (await begun).path(), "utf8").trim().split("\r\n"), "nobody is called so").toHaveLength(1);

  await row.getByRole("button", { name: "Delete Called so" }).click();
  await expect(written).toContainText("Nothing was written yet");
  await scheduled.getByRole("button", { name: "Do not write Called so any more" }).click();
  await expect(page.getByText("No report is scheduled")).toBeVisible();
});
