// The accounts report: its search fields, its order, what is saved and printed of it, and what is done to several accounts.

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import type { Dovecot } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import type { Restante } from "../support/restante.js";
import { registerMailbox, row } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test.beforeEach(async ({ page, restante }) => {
  // Which rows there are is what is looked at: none may be left of the test before.
  restante.removeAccounts();
  await open(page, "/");
});

/** The names of the rows, in their order. */
function names(page: Page) {
  return page.locator("tr[data-key] a.account-name");
}

/** The cell of a row below a heading, by the column's id. */
function cell(page: Page, name: string, column: string) {
  return row(page, name).locator(`td[data-column=${column}]`);
}

/** One more account of the mailbox of `like`, with what else it differs in. */
function add(restante: Restante, like: string, name: string, port: number, ...more: string[]): void {
  const server = ["--address", "127.0.0.1", "--port", String(port), "--credential", like];
  const protocol = more.includes("--protocol") ? [] : ["--protocol", "imap"];
  restante.command("account", "add", "--name", name, ...server, ...protocol, ...more);
}

/** Three accounts that differ in every search field: checked, never checked and paused. */
async function three(page: Page, dovecot: Dovecot, restante: Restante, first: string): Promise<void> {
  await registerMailbox(page, dovecot, first, "harbour");
  const { imaps, pop3 } = dovecot.ports;
  add(restante, first, "Anchor", imaps, "--security", "ssl", "--automatic-check", "no", "--keep-copy", "no");
  add(restante, first, "Pier", pop3, "--security", "none", "--protocol", "pop3", "--disabled");
  restante.command("check", first);
  await expect(names(page), "without a reload").toHaveText([first, "Anchor", "Pier"]);
  await expect(cell(page, first, "status")).toContainText("OK");
}

test("each search field finds its accounts, and Clear brings all back", async ({ page, dovecot, restante }) => {
  await three(page, dovecot, restante, "Harbour");
  const all = ["Harbour", "Anchor", "Pier"];
  const search = page.getByRole("search");
  const field = (label: string) => search.getByLabel(label, { exact: true });
  const choose = (label: string, answer: string) => field(label).selectOption({ label: answer });
  const clear = async () => {
    await search.getByRole("link", { name: "Clear", exact: true }).click();
    await expect(names(page)).toHaveText(all);
  };
  await expect(field("Status"), "behind More").toBeHidden();
  await search.getByRole("button", { name: "More" }).click();

  await field("Name").fill("anCH");
  await expect(names(page)).toHaveText(["Anchor"]);
  await clear();
  await expect(field("Name")).toHaveValue("");
  for (const [label, yes, no] of [
    ["Secure connection", ["Anchor"], ["Harbour", "Pier"]],
    ["Automatic check", ["Pier"], ["Harbour", "Anchor"]],
    ["Keep copy", ["Harbour", "Pier"], ["Anchor"]],
  ] as const) {
    await choose(label, "Yes");
    await expect(names(page), `${label}: Yes`).toHaveText([...yes]);
    await choose(label, "No");
    await expect(names(page), `${label}: No`).toHaveText([...no]);
    await clear();
    await expect(field(label)).toHaveValue("");
  }
  for (const [status, found] of [["OK", "Harbour"], ["Not checked yet", "Anchor"], ["Paused", "Pier"]] as const) {
    await choose("Status", status);
    await expect(names(page), status).toHaveText([found]);
  }
  await choose("Status", "Failing");
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await search.getByRole("link", { name: "Remove the filter Status: Failing" }).click();
  await expect(names(page)).toHaveText(all);

  await choose("Secure connection", "No");
  await expect(names(page)).toHaveText(["Harbour", "Pier"]);
  await choose("Automatic check", "No");
  await expect(names(page), "both at once").toHaveText(["Harbour"]);
  await page.reload();
  await expect(names(page), "the URL holds the view").toHaveText(["Harbour"]);
  await expect(field("Automatic check")).toHaveValue("no");
  await clear();
});

test("the box and the Name field both have to fit, and a heading does not take away what is being typed", async ({
  page,
  dovecot,
  restante,
}) => {
  await three(page, dovecot, restante, "Jetty");
  const search = page.getByRole("search");
  const box = search.getByRole("searchbox");
  await search.getByRole("button", { name: "More" }).click();
  await search.getByLabel("Name", { exact: true }).fill("e");
  await expect(names(page)).toHaveText(["Jetty", "Pier"]);
  await box.fill("p");
  await expect(names(page)).toHaveText(["Pier"]);
  await search.getByRole("link", { name: "Clear", exact: true }).click();
  await expect(names(page)).toHaveCount(3);

  await box.fill("anch");
  await page.getByRole("columnheader", { name: "Name" }).getByRole("link").click();
  await expect(page).toHaveURL(/sort=name/);
  await expect(names(page)).toHaveText(["Anchor"]);
  await expect(box).toHaveValue("anch");
  await box.fill("an");
  await search.getByRole("link", { name: "Clear", exact: true }).click();
  await expect(names(page), "Clear means what was typed a moment ago as well").toHaveCount(3);
  await page.waitForTimeout(400);
  await expect(box).toHaveValue("");
  await expect(names(page)).toHaveCount(3);
});

test("a column's heading sorts by it, and turns around", async ({ page, dovecot, restante }) => {
  dovecot.deliver("harbour", letter({ subject: "To be counted" }));
  await three(page, dovecot, restante, "Harbour master");
  const heading = (name: string) => page.getByRole("columnheader", { name, exact: true });
  const sort = (name: string) => heading(name).getByRole("link").click();
  await expect(heading("ID")).toHaveAttribute("aria-sort", "ascending");
  await sort("Name");
  await expect(heading("Name")).toHaveAttribute("aria-sort", "ascending");
  await expect(heading("ID"), "one order at a time").not.toHaveAttribute("aria-sort");
  await expect(names(page)).toHaveText(["Anchor", "Harbour master", "Pier"]);
  await sort("Name");
  await expect(heading("Name")).toHaveAttribute("aria-sort", "descending");
  await expect(names(page)).toHaveText(["Pier", "Harbour master", "Anchor"]);
  await sort("Messages");
  await sort("Messages");
  await expect(heading("Messages")).toHaveAttribute("aria-sort", "descending");
  await expect(names(page).first()).toHaveText("Harbour master");
});

test("the rows that are shown are exported without a formula, and printed without a button", async ({
  page,
  dovecot,
  restante,
}) => {
  await three(page, dovecot, restante, "=1+1");
  await page.getByRole("search").getByRole("button", { name: "More" }).click();
  await page.getByRole("search").getByLabel("Secure connection", { exact: true }).selectOption({ label: "No" });
  await expect(names(page)).toHaveText(["=1+1", "Pier"]);
  await page.getByRole("columnheader", { name: "Name", exact: true }).getByRole("link").click();
  await page.getByRole("columnheader", { name: "Name", exact: true }).getByRole("link").click();
  await expect(names(page)).toHaveText(["Pier", "=1+1"]);

  const begun = page.waitForEvent("download");
  await page.getByRole("button", { name: "Actions", exact: true }).click();
  await page.getByRole("link", { name: "Export CSV" }).click();
  const download = await begun;
  expect(download.suggestedFilename()).toBe("accounts.csv");
  const [heading, ...lines] = readFileSync(await download.path(), "utf8").trim().split("\r\n");
  const seed = ["ID", "Name", "Secure connection", "Connection type", "Protocol", "Port", "Automatic check", "Keep a copy on the server"];
  expect(heading!.split(","), "every column of the seed").toEqual(expect.arrayContaining(seed));
  const at = seed.map((column) => heading!.split(",").indexOf(column));
  expect(at, "in the seed's order").toEqual([...at].sort((one, other) => one - other));
  const { imap, pop3 } = dovecot.ports;
  expect(lines.map((line) => at.slice(1).map((place) => line.split(",")[place]))).toEqual([
    ["Pier", "No", "", "POP3", String(pop3), "Yes", "Yes"],
    // Quoted and led by an apostrophe: a spreadsheet shows it, and calculates nothing.
    [`"'=1+1"`, "No", "", "IMAP", String(imap), "No", "Yes"],
  ]);

  // A browser without a screen has no printer: what is asked of it is what matters.
  await page.evaluate(() => {
    window.print = () => document.body.setAttribute("data-printed", "");
  });
  await page.getByRole("button", { name: "Actions", exact: true }).click();
  await page.getByRole("button", { name: "Print report" }).click();
  await expect(page.locator("body")).toHaveAttribute("data-printed");
  await page.emulateMedia({ media: "print" });
  await expect(names(page).first()).toBeVisible();
  await expect(page.getByRole("heading", { name: "IMAP Configuration / POP3" })).toBeVisible();
  await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
  await expect(page.getByRole("search")).toBeHidden();
});

test("ticked accounts are checked, paused and resumed together", async ({ page, dovecot, restante, tolerated }) => {
  // The browser reports that a check of the paused one was refused.
  tolerated.push(/409/);
  dovecot.deliver("fleet", letter({ subject: "For all ships" }));
  await registerMailbox(page, dovecot, "Flagship", "fleet");
  const { imap } = dovecot.ports;
  for (const [name, ...more] of [["Cutter"], ["Wreck", "--disabled"]] as const) {
    add(restante, "Flagship", name, imap, "--security", "none", "--automatic-check", "no", ...more);
  }
  const ships = ["Flagship", "Cutter", "Wreck"];
  await expect(names(page)).toHaveText(ships);
  const selected = page.getByRole("group", { name: "Selected rows" });
  const together = async (action: string) => {
    for (const name of ships) await row(page, name).getByRole("checkbox").check();
    await expect(selected).toContainText("3 selected");
    await selected.getByRole("button", { name: action, exact: true }).click();
    await expect(selected, "nothing stays ticked").toBeHidden();
  };
  const say = async (...statuses: string[]) => {
    for (const [index, status] of statuses.entries()) await expect(cell(page, ships[index]!, "status")).toHaveText(status);
  };
  await say("Not checked yet", "Not checked yet", "Paused");
  await together("Check now");
  await say("OK", "OK", "Paused");
  await expect(page.getByText("is paused. Resume it first."), "why one of them was not checked").toBeVisible();
  for (const [name, count] of [["Flagship", /^1/], ["Cutter", /^1/], ["Wreck", /^0/]] as const) {
    await expect(cell(page, name, "messages")).toHaveText(count);
  }
  await together("Pause");
  await say("Paused", "Paused", "Paused");
  await together("Resume");
  await say("OK", "OK", "Not checked yet");
  await page.reload();
  await say("OK", "OK", "Not checked yet");
});
