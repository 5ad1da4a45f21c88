// One account with a few messages, for tests that look at screens instead of changing them; and the screens.

import { type Page, expect } from "@playwright/test";
import { Agent } from "./agent.js";
import { type Dovecot, MAIL_PASSWORD } from "./dovecot.js";
import { anyBytes, letter } from "./messages.js";
import { PICTURE } from "./internet.js";
import type { Restante } from "./restante.js";
import { accountDialog, act, checkAndViewInbox, entry, openAccount, openAccounts, part, registerAccount, row } from "./screen.js";
import { open } from "./test.js";

/** Ids as they stand in the addresses of pages. */
export interface Staged {
  account: number;
  message: number;
  /** A message with everything: an answer, a calendar entry, pictures, files. */
  meeting: number;
  /** An account whose server was emptied, but for one message that is too large. */
  emptied: number;
  /** An account whose password is wrong. */
  locked: number;
  /** A credential of tokens that nobody has agreed to. */
  tokens: number;
}

interface Screen {
  name: string;
  path: (staged: Staged) => string;
  /** Waits until what matters on it is there. */
  ready: (page: Page) => Promise<void>;
}

const visible = (find: (page: Page) => ReturnType<Page["getByText"]>) => async (page: Page) =>
  expect(find(page).first()).toBeVisible();

/** Every screen behind the sign-in. */
export const SCREENS: Screen[] = [
  { name: "overview", path: () => "/", ready: visible((page) => page.getByRole("heading")) },
  { name: "accounts", path: () => "/settings/email/accounts", ready: visible((page) => row(page, "Staged")) },
  { name: "account-new", path: () => "/settings/email/accounts/new", ready: visible(accountDialog) },
  {
    name: "accounts-import",
    path: () => "/settings/email/accounts/import",
    ready: async (page) => {
      const dialog = page.getByRole("dialog", { name: "Import accounts" });
      const rows = ["name,address,security,user name,password", "North,mail.example.org,SSL,north,secret", "South,,SMTP,,"];
      await dialog.getByLabel("CSV file", { exact: true }).fill(rows.join("\n"));
      await dialog.getByRole("button", { name: "Check the file" }).click();
      await expect(dialog.getByRole("heading", { name: "1 ready to import, 1 left out" })).toBeVisible();
    },
  },
  {
    name: "account-edit",
    path: ({ account }) => `/settings/email/accounts/${account}/edit`,
    ready: visible(accountDialog),
  },
  {
    name: "account-tested",
    path: ({ account }) => `/settings/email/accounts/${account}/edit?test`,
    ready: visible((page) => page.getByRole("heading", { name: "The connection works." })),
  },
  {
    name: "account-test-failed",
    path: ({ locked }) => `/settings/email/accounts/${locked}/edit?test`,
    ready: visible((page) => page.getByRole("button", { name: "Change the credential" })),
  },
  {
    name: "account",
    path: ({ account }) => `/settings/email/accounts/${account}`,
    ready: visible((page) => page.getByRole("heading", { name: "Staged", level: 1 })),
  },
  {
    name: "account-emptied",
    path: ({ emptied }) => `/settings/email/accounts/${emptied}`,
    ready: visible((page) => page.getByRole("link", { name: "Moved 1" })),
  },
  {
    name: "account-failing",
    path: ({ locked }) => `/settings/email/accounts/${locked}`,
    ready: visible((page) => page.getByRole("heading", { name: "The last check failed" })),
  },
  { name: "inbox", path: ({ account }) => `/accounts/${account}/inbox`, ready: visible((page) => entry(page, "Welcome aboard")) },
  { name: "inbox-of-all", path: () => "/inbox", ready: visible((page) => entry(page, "Welcome aboard")) },
  {
    name: "message",
    path: ({ message }) => `/messages/${message}`,
    ready: visible((page) => page.getByRole("heading", { name: "Welcome aboard" })),
  },
  {
    name: "inbox-search",
    path: ({ account }) => `/accounts/${account}/inbox?q=welcome`,
    ready: async (page) => {
      await expect(entry(page, "Welcome aboard").locator("mark")).toBeVisible();
      await page.getByRole("combobox", { name: "Search mail" }).fill("welcome is:");
      await expect(page.getByRole("option", { name: "welcome is:unread" })).toBeVisible();
    },
  },
  {
    name: "inbox-search-wrong",
    path: ({ account }) => `/accounts/${account}/inbox?q=(welcome`,
    ready: visible((page) => page.getByRole("alert")),
  },
  {
    name: "message-meeting",
    path: ({ meeting }) => `/messages/${meeting}`,
    ready: async (page) => {
      await expect(page.getByRole("button", { name: "Always from this sender" })).toBeVisible();
      await page.getByText("2 messages in this conversation").click();
    },
  },
  {
    name: "message-meeting-attachments",
    path: ({ meeting }) => `/messages/${meeting}?view=attachments`,
    ready: visible((page) => page.getByRole("img", { name: "Preview of map.png" })),
  },
  {
    name: "message-source",
    path: ({ meeting }) => `/messages/${meeting}?view=source`,
    ready: async (page) => {
      await page.getByRole("searchbox", { name: "Search the source" }).fill("planning");
      await page.getByRole("button", { name: "Show", exact: true }).click();
      await expect(page.frameLocator('iframe[title="Source"]').locator("mark").first()).toBeVisible();
    },
  },
  {
    name: "palette",
    path: () => "/",
    ready: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Find screens, accounts and mail" }).fill("staged");
      await expect(page.getByRole("option", { name: "Staged inbox" })).toBeVisible();
    },
  },
  {
    name: "inbox-bulk",
    path: ({ account }) => `/accounts/${account}/inbox`,
    ready: async (page) => {
      await page.getByRole("checkbox", { name: /^Select (?!all)/ }).first().check();
      await page.getByRole("checkbox", { name: /^Select (?!all)/ }).nth(1).check();
      await expect(page.getByText("2 selected")).toBeVisible();
    },
  },
  {
    name: "message-structure",
    path: ({ message }) => `/messages/${message}?view=structure`,
    ready: visible((page) => page.getByText("multipart/mixed")),
  },
  {
    name: "message-headers",
    path: ({ message }) => `/messages/${message}?view=headers`,
    ready: visible((page) => page.getByRole("tabpanel")),
  },
  {
    name: "message-attachments",
    path: ({ message }) => `/messages/${message}?view=attachments`,
    ready: visible((page) => page.getByText("picture.bin")),
  },
  { name: "credentials", path: () => "/settings/credentials", ready: visible((page) => page.getByText("Staged")) },
  { name: "connectors", path: () => "/settings/connectors", ready: visible((page) => page.getByText("Branch office")) },
  {
    name: "connector-new",
    path: () => "/settings/connectors",
    ready: async (page) => {
      await page.getByRole("button", { name: "New", exact: true }).click();
      await page.getByLabel("Kind", { exact: true }).selectOption({ label: "HTTP CONNECT" });
      await expect(page.getByLabel("TLS to the proxy", { exact: true })).toBeVisible();
    },
  },
  {
    name: "connector-ssh",
    path: () => "/settings/connectors",
    ready: async (page) => {
      await page.getByRole("button", { name: "New", exact: true }).click();
      await page.getByLabel("Kind", { exact: true }).selectOption({ label: "SSH jump" });
      await expect(page.getByLabel("Host key", { exact: true })).toBeVisible();
    },
  },
  {
    name: "connector-agents",
    path: () => "/settings/connectors",
    ready: async (page) => {
      await act(page, "Outpost", "Agents");
      await page.getByRole("button", { name: "Enrol an agent" }).click();
      await expect(page.getByText("Waiting for the agent…")).toBeVisible();
      await expect(page.getByText("Revoked", { exact: true })).toBeVisible();
    },
  },
  {
    name: "credential-access",
    path: ({ tokens }) => `/settings/credentials?connect=${tokens}`,
    ready: visible((page) => page.getByRole("button", { name: "Continue at Microsoft 365" })),
  },
  {
    name: "credential-ssh-key",
    path: () => "/settings/credentials",
    ready: async (page) => {
      await page.getByRole("button", { name: "New", exact: true }).click();
      await page.getByLabel("Kind", { exact: true }).selectOption({ label: "SSH key" });
      await expect(page.getByLabel("Private key", { exact: true })).toBeVisible();
    },
  },
  {
    name: "credential-oauth",
    path: () => "/settings/credentials",
    ready: async (page) => {
      await page.getByRole("button", { name: "New", exact: true }).click();
      await page.getByLabel("Kind", { exact: true }).selectOption({ label: "OAuth2" });
      await expect(page.getByLabel("Client ID", { exact: true })).toBeVisible();
    },
  },
  { name: "reports", path: () => "/reports", ready: visible((page) => page.getByRole("link", { name: "Download Failing accounts" })) },
  {
    name: "report-schedule",
    path: () => "/reports?schedule=accounts&query=status%3Dfailing",
    ready: visible((page) => page.getByRole("dialog", { name: "Schedule report" })),
  },
  {
    name: "audit",
    path: () => "/settings/audit?action=account.created",
    ready: async (page) => {
      await page.getByText(/^\d+ fields$/).first().click();
      await expect(page.getByRole("table", { name: "Changes" }).first()).toBeVisible();
    },
  },
  {
    name: "parameters",
    path: () => "/settings/parameters",
    ready: visible((page) => page.getByLabel("Records per page", { exact: true })),
  },
  { name: "not-found", path: () => "/nowhere", ready: visible((page) => page.getByRole("heading")) },
];

/** A letter with everything, and an answer to it. */
function meeting(): Buffer[] {
  const name = (bytes: Buffer, id: string, ...fields: string[]) =>
    bytes.toString("latin1").replace(/Message-ID: <[^>]*>/, [`Message-ID: <${id}@example.org>`, ...fields].join("\r\n"));
  const html = "<p>Shall we meet? The room is on the map.</p><p><img src='https://example.org/map.png' alt='Map' width='200'></p>";
  const whole = name(letter({ subject: "Planning meeting", html, attachment: { name: "map.png", bytes: PICTURE } }), "meeting");
  const file = (type: string, disposition: string, text: string) =>
    `\r\nContent-Type: ${type}\r\nContent-Disposition: ${disposition}\r\n\r\n${text}\r\n`;
  const calendar = [
    "BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT", "SUMMARY:Planning of the spring", "LOCATION:Room 4",
    "DTSTART;TZID=Europe/Lisbon:20261224T100000", "DTEND;TZID=Europe/Lisbon:20261224T113000", "RRULE:FREQ=WEEKLY",
    "ORGANIZER;CN=Grace Hopper:mailto:grace@example.org", "ATTENDEE;CN=Ada:mailto:ada@example.org", "END:VEVENT", "END:VCALENDAR",
  ].join("\r\n");
  const more = [
    file("text/calendar; method=REQUEST", "inline", calendar),
    file("text/csv", 'attachment; filename="rooms.csv"', "room;seats\r\n4;12"),
    file("application/pdf", 'attachment; filename="agenda.pdf.exe"', "MZ\x90\x00"),
  ];
  const boundary = whole.match(/boundary="(=_mixed_\d+)"/)![1]!;
  const end = `--${boundary}--`;
  const received = [
    "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org; spf=pass smtp.mailfrom=example.org",
    "Received: from a.example.org by mx.example.net with ESMTP; Mon, 5 Oct 2026 08:00:00 +0000",
  ];
  const filled = whole.replace(end, more.map((part) => `--${boundary}${part}`).join("") + end);
  return [
    Buffer.from(`${received.join("\r\n")}\r\n${filled}`, "latin1"),
    Buffer.from(name(letter({ subject: "Re: Planning meeting", from: "ada@example.org", text: "I shall be there." }), "answer", "In-Reply-To: <meeting@example.org>"), "latin1"),
  ];
}

const staged = new WeakMap<Restante, Staged>();

/** Registers the account `Staged` and fetches its mail, once for each server. */
export async function stage(page: Page, restante: Restante, dovecot: Dovecot): Promise<Staged> {
  const known = staged.get(restante);
  if (known) return known;
  for (const [subject, from] of [
    ["Minutes of Tuesday", '"Katherine Johnson" <katherine@example.org>'],
    ["Invoice 2026-118, due at the end of the month", '"Accounts payable" <billing@example.com>'],
    ["Re: the compiler", "alan@example.net"],
  ] as const) {
    dovecot.deliver("staged", letter({ subject, from, text: `About ${subject}.\n\nWith regards.` }));
  }
  dovecot.deliver(
    "staged",
    letter({
      subject: "Welcome aboard",
      html: "<h1>Welcome</h1><p>Everything is ready.</p><p><img src='https://example.org/logo.png' alt='Logo'></p>",
      attachment: { name: "picture.bin", bytes: anyBytes(4_321) },
    }),
  );
  for (const bytes of meeting()) dovecot.deliver("staged", bytes);
  await open(page, "/");
  await openAccounts(page);
  await registerAccount(page, {
    name: "Staged",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "staged",
    password: MAIL_PASSWORD,
  });
  await checkAndViewInbox(page, "Staged");
  for (const subject of ["Welcome aboard", "Minutes of Tuesday"]) await expect(entry(page, subject)).toBeVisible();
  const messages = restante.command("messages", "Staged") as { id: number; subject: string; url: string }[];
  const account = Number(new URL(page.url()).pathname.match(/accounts\/(\d+)/)![1]);
  const message = messages.find(({ subject }) => subject === "Welcome aboard")!.id;
  restante.command("account", "edit", "Staged", "--tags", "north, sales", "--notes", "Ask Katherine before a change.");
  await stageReport(page);
  const emptied = await stageEmptied(page, dovecot);
  const locked = await stageLocked(page, dovecot);
  const tokens = stageTokens(restante);
  restante.command("connector", "add", "--name", "Branch office", "--address", "proxy.example.org");
  restante.command("connector", "add", "--name", "Outpost", "--kind", "agent");
  for (const agent of [new Agent(), new Agent()]) {
    const { line } = restante.command("connector", "enrol", "Outpost", "--server", restante.url) as { line: string };
    await agent.type(line);
    await agent.stop();
  }
  const [first] = restante.command("connector", "agents", "Outpost") as { id: number }[];
  restante.command("connector", "revoke", "Outpost", String(first!.id));
  const meetingOf = messages.find(({ subject }) => subject === "Planning meeting")!.id;
  const result = { account, message, meeting: meetingOf, emptied, locked, tokens };
  staged.set(restante, result);
  return result;
}

/** Schedules a report, and has it written. */
async function stageReport(page: Page): Promise<void> {
  await open(page, "/reports?schedule=accounts&query=status%3Dfailing");
  const dialog = page.getByRole("dialog", { name: "Schedule report" });
  await dialog.getByLabel("Name", { exact: true }).fill("Failing accounts");
  await dialog.getByRole("button", { name: "Schedule" }).click();
  await page.getByRole("button", { name: "Write Failing accounts now" }).click();
  await expect(page.getByRole("link", { name: "Download Failing accounts" })).toBeVisible();
  await open(page, "/");
}

function stageTokens(restante: Restante): number {
  const add = ["credential", "add", "--kind", "oauth2", "--name", "Office", "--username", "office@example.org"];
  const made = restante.command(...add, "--client-id", "00000000-0000-0000-0000-000000000000") as { id: number };
  return made.id;
}

async function stageEmptied(page: Page, dovecot: Dovecot): Promise<number> {
  for (let number = 1; number <= 3; number += 1) dovecot.deliver("emptied", letter({ subject: `Moved ${number}` }));
  dovecot.deliver("emptied", letter({ subject: "Too large", text: "x".repeat(20_000) }));
  await openAccounts(page);
  await registerAccount(page, {
    name: "Emptied",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    keepCopy: false,
    largestMessage: "10 KB",
    user: "emptied",
    password: MAIL_PASSWORD,
  });
  const id = await openAccount(page, "Emptied");
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(part(page, "Receipts").getByRole("row")).toHaveCount(4);
  return id;
}

async function stageLocked(page: Page, dovecot: Dovecot): Promise<number> {
  await openAccounts(page);
  await registerAccount(page, {
    name: "Locked out",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "locked",
    password: "not the password",
  });
  const id = await openAccount(page, "Locked out");
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByRole("heading", { name: "The last check failed" })).toBeVisible();
  return id;
}
