// How accounts are doing: the month of checks, where the time went, what the server is, what is said to it, and the charts.

import { readFileSync } from "node:fs";
import { MAIL_PASSWORD } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { openAccount, openAccounts, part, registerAccount, registerMailbox, row } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test("the account page says how checks went, what the server is and, when asked, what was said to it", async ({
  page,
  dovecot,
}) => {
  await open(page, "/settings/email/accounts");
  dovecot.deliver("healthy", letter({ subject: "Not to be written down" }));
  await registerAccount(page, {
    name: "Healthy",
    port: dovecot.ports.imap,
    security: "TLS",
    skipCertificate: true,
    automaticCheck: false,
    user: "healthy",
    password: MAIL_PASSWORD,
  });
  await openAccount(page, "Healthy");
  const [month, checks] = [part(page, "The last 30 days"), part(page, "Recent checks")];
  const [server, transcript] = [part(page, "Server"), part(page, "Protocol transcript")];
  await expect(month).toContainText("No check has ended yet.");
  await expect(server).toContainText("Not seen yet");

  await transcript.getByRole("button", { name: "Write for 5 minutes" }).click();
  await expect(transcript.getByRole("status")).toContainText("are written down.");
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(month).toContainText("1 of 1 checks went well.");
  await expect(month.getByRole("img")).toHaveAccessibleName(/1 of 1 checks went well/);

  const duration = checks.getByRole("row").nth(1).getByRole("cell").nth(2);
  await duration.locator("summary").click();
  for (const stage of ["Connection", "Security", "Sign-in", "Fetching"]) await expect(duration).toContainText(stage);

  await expect(server).toContainText(/TLS 1\.[23]/);
  await expect(server.getByRole("list", { name: "What the server can do" })).toContainText("UIDPLUS");
  await server.locator("summary").click();
  await expect(server).toContainText("Fingerprint (SHA-256)");

  const text = transcript.locator("pre");
  await expect(text).toContainText("UID FETCH");
  const said = (await text.textContent())!;
  for (const secret of [MAIL_PASSWORD, Buffer.from(`\0healthy\0${MAIL_PASSWORD}`).toString("base64"), "Not to be"]) {
    expect(said).not.toContain(secret);
  }
  const begun = page.waitForEvent("download");
  await transcript.getByRole("link", { name: "Download the transcript" }).click();
  expect(readFileSync(await (await begun).path(), "utf8")).toBe(said);
  await transcript.getByRole("button", { name: "Stop" }).click();
  await expect(transcript.getByRole("status")).toContainText("Written until");
  await expect(transcript.getByRole("button", { name: "Write for 15 minutes" })).toBeVisible();
});

test("the overview draws when mail arrived, and says what needs attention", async ({ page, dovecot, restante }) => {
  dovecot.deliver("charted", letter({ subject: "Counted" }));
  await open(page, "/settings/email/accounts");
  await registerAccount(page, {
    name: "Charted",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "charted",
    password: MAIL_PASSWORD,
  });
  await open(page, "/");
  const [hours, days] = [24, 30].map((count) =>
    page.getByRole("img", { name: new RegExp(`^Received in the last ${count} (hours|days): \\d`) }),
  );
  const before = Number((await hours!.getAttribute("aria-label"))!.match(/: (\d+)/)![1]);
  restante.command("check", "Charted");
  await expect(hours!, "without a reload").toHaveAccessibleName(new RegExp(`: ${before + 1},`));
  await expect(hours!.locator("g")).toHaveCount(24);
  await expect(days!.locator("g")).toHaveCount(30);
  await expect(page.getByRole("region", { name: "Needs attention" })).toBeVisible();

  const connectors = page.getByRole("region", { name: "Network Connectors" });
  const depot = connectors.getByRole("listitem").filter({ hasText: "Depot" });
  restante.command("connector", "add", "--name", "Depot", "--kind", "agent");
  await expect(depot, "without a reload").toContainText(/Not connected.*Depot.*Used by no account/);
  await connectors.getByRole("link", { name: "Network Connectors" }).click();
  await expect(row(page, "Depot")).toBeVisible();
  restante.command("connector", "remove", "Depot");
});

test("the overview names what is late, in quarantine and about to end, each with the way to it", async ({ page, dovecot }) => {
  await open(page, "/");
  await registerMailbox(page, dovecot, "Concerned", "concerned");
  // Nobody waits ten minutes here, and no server of the lab has a certificate that ends: what is told is the same.
  const at = Date.now() - 3_600_000;
  const told = [
    { account: 7, name: "Slow", kind: "late", words: "Its check has not begun at its time.", at },
    { account: 8, name: "Odd", kind: "quarantine", words: "2 messages are in quarantine, and say why.", at },
    { account: 9, name: "Old", kind: "certificate", words: "A certificate of its server ends today.", at },
  ];
  await page.route("**/api/health/concerns", (route) => route.fulfill({ json: told }));
  await page.getByRole("link", { name: "Restante" }).first().click();
  const attention = page.getByRole("region", { name: "Needs attention" });
  const entry = (name: string) => attention.getByRole("listitem").filter({ hasText: name });
  await expect(entry("Slow")).toContainText(/Late\s*Slow\s*Its check has not begun at its time\.\s*Due /);
  await expect(entry("Odd")).toContainText(/Quarantine.*2 messages are in quarantine.*Last tried /);
  await expect(entry("Old")).toContainText(/Certificate.*ends today.*Valid until /);
  await expect(entry("Odd").getByRole("link")).toHaveAttribute("href", /\/8#quarantine$/);
  await expect(entry("Old").getByRole("link")).toHaveAttribute("href", /\/9#server$/);
  await page.unrouteAll();
});

test("what the overview cannot load is said at its place, and the rest is there", async ({ page, dovecot, tolerated }) => {
  tolerated.push(/503/);
  await open(page, "/");
  await registerMailbox(page, dovecot, "Shown", "shown");
  const away = (what: string) => page.route(`**/api/${what}`, (route) => route.fulfill({ status: 503, body: "" }));
  for (const part of ["health/arrivals", "health/concerns", "connectors/list"]) await away(part);
  await page.getByRole("link", { name: "Restante" }).first().click();
  const said = ["When mail arrived", "What else needs attention", "The Network Connectors"];
  for (const part of said) await expect(page.getByText(`${part} could not be loaded.`)).toBeVisible();
  await expect(page.getByRole("region", { name: "Accounts" }).getByRole("link").first()).toBeVisible();
  const charts = page.getByRole("img", { name: /^Received in the last/ });
  await page.unroute("**/api/health/arrivals");
  await page.getByRole("region", { name: "Mail" }).getByRole("button", { name: "Retry" }).click();
  await expect(charts, "and nothing else was asked again").toHaveCount(2);
  await expect(page.getByRole("button", { name: "Retry" })).toHaveCount(2);

  await openAccounts(page);
  await away("accounts/list");
  await page.getByRole("link", { name: "Restante" }).first().click();
  await expect(page.getByText("The overview could not be loaded")).toBeVisible();
  await page.unrouteAll();
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("region", { name: "Needs attention" })).toBeVisible();
  for (const part of said) await expect(page.getByText(`${part} could not be loaded.`)).toHaveCount(0);
});
