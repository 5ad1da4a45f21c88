// Hostile names: of senders, subjects, attachments, folders, accounts and tags, on every screen that shows them, in CSV and on
// paper. They are text everywhere: nothing runs, nothing is asked for, nothing looks like something else.

import type { Page } from "@playwright/test";
import { letter } from "../support/messages.js";
import { accountDialog, registerMailbox } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

/** What a page would run if it took a name for HTML. */
const RUN = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>`;
const NAMES = [
  `${RUN}plain`,
  `"'>${RUN}quoted`,
  `</title></textarea></style></script>${RUN}closing`,
  `<svg/onload=window.harmed=1>svg`,
  `javascript:window.harmed=1//link`,
  `{{constructor.constructor('window.harmed=1')()}}braces`,
  `=cmd|'/c calc'!A1 formula`,
  `+1+1 formula`,
  `@SUM(1) formula`,
  `\u202egnp.exe turned around`,
  `a\u0000b\u0007c controls`,
  `<!--${RUN}-->comment`,
  `%3Cscript%3E percent`,
  `&lt;script&gt; entity`,
];

const encoded = (text: string) => `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;

/** Opens a page and sees that no name has done anything on it. */
async function harmless(page: Page, path: string): Promise<void> {
  await open(page, path);
  await expect(page.getByRole("heading").first()).toBeVisible();
  expect(await page.evaluate(() => "harmed" in window), path).toBe(false);
  expect(await page.locator("img[src=x], svg[onload], script:not([nonce]):not([src]):not([type])").count(), path).toBe(0);
}

test("a hostile name is text wherever it stands", async ({ page, dovecot }) => {
  test.setTimeout(180_000);
  NAMES.forEach((name, at) => {
    const bytes = letter({
      from: `${encoded(name)} <sender${at}@example.org>`,
      to: `${encoded(name)} <reader@example.org>`,
      subject: encoded(name),
      text: name,
      html: `<p>${at}</p>`,
      attachment: { name: encoded(name.slice(0, 40)), bytes: Buffer.from(name) },
    });
    dovecot.deliver("names", bytes);
  });
  await open(page, "/");
  const account = `${RUN}account`.slice(0, 60);
  await registerMailbox(page, dovecot, account, "names");
  await expect(accountDialog(page)).toHaveCount(0);
  await expect(page.getByText(account).first()).toBeVisible();
  const origin = { origin: new URL(page.url()).origin };
  const call = async (path: string, data: object) => {
    const answer = await page.request.post(`/api/${path}`, { data, headers: origin });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return answer.json();
  };
  const found = (await call("accounts/list", { query: { filter: {}, page_size: 200 } })) as { rows: { id: number; settings: { name: string } }[] };
  const id = found.rows.find((row) => row.settings.name === account)!.id;
  await call("accounts/check", { id });
  const list = { query: { filter: { account: id }, page_size: 200 } };
  type Rows = { rows: { id: number; subject: string }[] };
  let rows: Rows["rows"] = [];
  await expect(async () => {
    rows = ((await call("messages/list", list)) as Rows).rows;
    expect(rows).toHaveLength(NAMES.length);
  }).toPass();
  await call("messages/mark", { ids: rows.map((row) => row.id), mark: { tag: `${RUN}tag`.replaceAll('"', "").slice(0, 40) } });

  for (const path of [
    "/",
    "/settings/email/accounts",
    `/settings/email/accounts/${id}`,
    `/settings/email/accounts/${id}/edit`,
    "/settings/credentials",
    "/settings/audit",
    "/reports",
    "/inbox",
    `/accounts/${id}/inbox`,
    `/accounts/${id}/inbox?q=window`,
  ]) {
    await harmless(page, path);
  }
  for (const [at, row] of rows.entries()) {
    await harmless(page, `/messages/${row.id}`);
    if (at < 4) for (const view of ["text", "headers", "source", "structure", "attachments"]) await harmless(page, `/messages/${row.id}?view=${view}`);
    expect(row.subject).not.toMatch(/[\u0000-\u001f\u202d\u202e]/);
  }

  for (const path of [`/api/messages/export.csv?account=${id}`, "/api/accounts/export.csv", "/api/audit/export.csv"]) {
    const answer = await page.request.get(path);
    expect(answer.headers()["content-disposition"]).toContain("attachment");
    const cells = (await answer.text()).split(/[\r\n]+|(?<="),(?=")|,/);
    expect(cells.filter((cell) => /^"?[=+@\t]/.test(cell)), path).toEqual([]);
  }
  // A report for paper is a file of its own.
  const draft = { name: `${RUN}report`.slice(0, 60), kind: "messages", query: `account=${id}`, format: "print", repeat: "day", day: 1, minute: 0, keep_days: 1 };
  const schedule = await call("reports/schedule", { draft });
  await call("reports/write", { id: schedule });
  let report = 0;
  await expect(async () => {
    const { written } = (await call("reports/list", {})) as { written: { id: number; name: string }[] };
    report = written.find((one) => one.name === draft.name)!.id;
  }).toPass();
  const paper = await (await page.request.get(`/reports/${report}/file`)).text();
  expect(paper).toContain("closing");
  expect(paper).not.toMatch(/<(img|script|svg)/i);
  const desk = await page.context().newPage();
  await desk.setContent(paper);
  expect(await desk.evaluate(() => "harmed" in window)).toBe(false);
  await call("reports/unschedule", { id: schedule });
});
