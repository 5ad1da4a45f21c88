// System Parameters › Global › Application: set by their labels, in force at once, refused where they do not fit, and given
// back their defaults.

import { row } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test.afterEach(({ restante }) => {
  for (const name of ["date_format", "hide_filters", "time_in_date_filters", "check_interval_minutes", "page_size"]) {
    restante.command("parameter", "reset", name);
  }
});

test("a parameter is set, holds on every screen at once, and goes back to its default", async ({ page, restante }) => {
  await open(page, "/settings/email/accounts");
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Global › Application" }).click();
  await expect(page.getByRole("heading", { name: "System Parameters › Global › Application" })).toBeVisible();
  await expect(page.getByLabel("Records per page", { exact: true })).toHaveValue("30");
  await page.getByLabel("Records per page", { exact: true }).fill("5");
  await page.getByLabel("Date format", { exact: true }).selectOption({ label: "23 Nov 2026 14:05" });
  await page.getByLabel("Hide filters by default", { exact: true }).setChecked(false);
  await page.getByLabel("Hour and minute in date filters", { exact: true }).setChecked(true);
  await page.getByLabel("Default check interval (minutes)", { exact: true }).fill("7,5");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await expect(page.getByLabel("Records per page", { exact: true })).toHaveValue("5");
  await expect(page.getByText("Set here; the default is 30.")).toBeVisible();

  await page.getByRole("link", { name: "Audit", exact: true }).click();
  const first = page.getByRole("row").nth(1);
  await expect(first.getByRole("cell").first(), "the date as it was chosen").toHaveText(/^\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d$/);
  await expect(page.getByRole("row"), "five and the headings").toHaveCount(6);
  await expect(page.getByLabel("Since", { exact: true })).toHaveAttribute("type", "datetime-local");
  const year = new Date().getUTCFullYear();
  await page.getByLabel("Since", { exact: true }).fill(`${year + 1}-01-01T10:30`);
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await page.getByRole("link", { name: "Clear", exact: true }).click();
  await expect(first).toContainText("parameter");
  await page.getByRole("button", { name: "More" }).click();
  await expect(page.getByLabel("Since", { exact: true })).toBeHidden();
  await expect(page).toHaveURL(/more=0/);

  await open(page, "/settings/email/accounts/new");
  await page.getByText("Advanced", { exact: true }).click();
  await expect(page.getByLabel("Check interval (minutes)", { exact: true })).toHaveValue("7.5");

  await open(page, "/settings/parameters");
  await page.getByRole("button", { name: "Reset Records per page to default" }).click();
  await expect(page.getByLabel("Records per page", { exact: true })).toHaveValue("30");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  const all = restante.command("parameter", "list") as { name: string; value: string; from: string }[];
  expect(all.find(({ name }) => name === "page_size")).toMatchObject({ value: "30", from: "default" });
  await open(page, "/settings/audit?on=page_size&size=10");
  await expect(row(page, "Parameter reset")).toHaveCount(1);
});

test("what does not fit is said at its field and at the top, and nothing is saved", async ({ page, restante, tolerated }) => {
  // The browser reports that the server refused.
  tolerated.push(/422/);
  await open(page, "/settings/parameters");
  await page.getByLabel("Connecting (seconds)", { exact: true }).fill("0");
  await page.getByLabel("Allowed networks", { exact: true }).fill("10.0.0.0/8, <b>mail</b>");
  await page.getByLabel("Largest message", { exact: true }).fill("25 MB");
  await page.getByRole("button", { name: "Save" }).click();
  const summary = page.getByRole("alert");
  await expect(summary).toContainText("Connecting (seconds): A whole number from 1 to 300.");
  await expect(summary).toContainText("<b>mail</b>");
  const connecting = page.getByLabel("Connecting (seconds)", { exact: true });
  await expect(connecting).toHaveAttribute("aria-invalid", "true");
  await summary.getByRole("button", { name: "Allowed networks" }).click();
  await expect(page.getByLabel("Allowed networks", { exact: true })).toBeFocused();
  const all = restante.command("parameter", "list") as { name: string; from: string }[];
  expect(all.filter(({ from }) => from === "set")).toEqual([]);
});
