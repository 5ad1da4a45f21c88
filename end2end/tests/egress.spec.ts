// An address that nobody has any business with is not contacted, and the person is led to the field that names it.

import { MAIL_PASSWORD } from "../support/dovecot.js";
import { accountDialog, act, fillAccount, openAccounts, row, saveAccount } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test("an address that may not be contacted is said by the test and by the check", async ({ page }) => {
  await open(page, "/");
  await openAccounts(page);
  await page.getByRole("link", { name: "New", exact: true }).click();
  const fields = { port: 993, security: "SSL", automaticCheck: false, user: "metadata", password: MAIL_PASSWORD } as const;
  await fillAccount(page, { name: "Metadata", ...fields });
  const dialog = accountDialog(page);
  const address = dialog.getByLabel("Address", { exact: true });
  await address.fill("169.254.169.254");
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await expect(dialog.getByRole("heading", { name: "The connection does not work." })).toBeVisible();
  const panel = dialog.locator("#connection-test");
  await expect(panel).toContainText("This address may not be contacted.");
  await expect(panel).toContainText("never a link-local, metadata or multicast one");
  await expect(panel.getByText("Security", { exact: true }), "nobody was spoken to").toHaveCount(0);
  await panel.getByRole("button", { name: "Change the address" }).click();
  await expect(address).toBeFocused();

  await saveAccount(page);
  await act(page, "Metadata", "Check now");
  await expect(row(page, "Metadata").locator("td[data-column=status]")).toContainText("This address may not be contacted.");
});
