// One message and what belongs to it: pictures out on the net, what came along, calendar entries, conversations, the source.

import type { Page } from "@playwright/test";
import type { Dovecot } from "../support/dovecot.js";
import { DOMAIN, Internet, PICTURE, authority } from "../support/internet.js";
import { letter } from "../support/messages.js";
import { Restante } from "../support/restante.js";
import { checkAndViewInbox, entry, registerMailbox } from "../support/screen.js";
import { expect, open, test as base } from "../support/test.js";

const test = base.extend<object, { internet: Internet }>({
  internet: [
    async ({}, use) => {
      const internet = await Internet.start(1, authority());
      await use(internet);
      await internet.stop();
    },
    { scope: "worker" },
  ],
  restante: [
    async ({ internet }, use) => {
      const restante = await Restante.startWithAdministrator(internet.environment);
      await use(restante);
      await restante.stop();
    },
    { scope: "worker" },
  ],
});

async function inbox(page: Page, dovecot: Dovecot, name: string, letters: Buffer[]): Promise<void> {
  const user = name.toLowerCase();
  for (const bytes of letters) dovecot.deliver(user, bytes);
  await open(page, "/");
  await registerMailbox(page, dovecot, name, user);
  await checkAndViewInbox(page, name);
  await expect(page.locator("tr[data-key]")).toHaveCount(letters.length);
}

/** A letter with more header fields on top, as the receiving server puts them there. */
function received(bytes: Buffer, ...fields: string[]): Buffer {
  return Buffer.concat([Buffer.from(fields.map((field) => `${field}\r\n`).join("")), bytes]);
}

const frame = (page: Page) => page.frameLocator('iframe[title="Message"]');

test("pictures out on the net are shown once, or always from a confirmed sender, and only the server is seen", async ({
  page,
  dovecot,
  internet,
}) => {
  const html = `<p>Look</p><img alt="A picture" src="https://${DOMAIN}/picture.png?reader=7"><img src="https://${DOMAIN}/picture-pixel" width="1" height="1">`;
  const results = [
    "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org",
    "Received: from a.example.org by mx.example.net with ESMTP; Mon, 5 Oct 2026 08:00:00 +0000",
  ];
  await inbox(page, dovecot, "Pictures", [
    letter({ subject: "A stranger", html }),
    received(letter({ subject: "Confirmed", html }), ...results),
    received(letter({ subject: "Another", html }), ...results),
  ]);
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!/^(http:\/\/127\.0\.0\.1|data:)/.test(request.url())) elsewhere.push(request.url());
  });
  const picture = frame(page).getByRole("img", { name: "A picture" });
  const shown = `data:image/png;base64,${PICTURE.toString("base64")}`;

  await entry(page, "A stranger").click();
  await expect(page.getByText("Remote content is not loaded.")).toBeVisible();
  await expect(frame(page).getByText("Look")).toBeVisible();
  await expect(picture).not.toHaveAttribute("src");
  await expect(page.getByRole("button", { name: "Always from this sender" })).toHaveCount(0);
  expect(internet.seen).toEqual([]);
  await page.getByRole("button", { name: "Show once" }).click();
  await expect(picture).toHaveAttribute("src", shown);
  expect(internet.seen).toHaveLength(1);
  expect(internet.seen[0]).not.toHaveProperty("cookie");
  expect(internet.seen[0]).not.toHaveProperty("referer");

  await entry(page, "Confirmed").click();
  await expect(page.getByText("Remote content is not loaded."), "once is once").toBeVisible();
  await page.getByRole("button", { name: "Always from this sender" }).click();
  await expect(picture).toHaveAttribute("src", shown);
  await entry(page, "Another").click();
  await expect(page.getByRole("heading", { name: "Another" })).toBeVisible();
  await expect(picture).toHaveAttribute("src", shown);
  await entry(page, "A stranger").click();
  await expect(page.getByText("Remote content is not loaded."), "its sender is not confirmed").toBeVisible();
  await entry(page, "Another").click();
  await page.getByRole("button", { name: "Not any more" }).click();
  await expect(page.getByText("Remote content is not loaded.")).toBeVisible();
  await expect(picture).not.toHaveAttribute("src");
  expect(elsewhere).toEqual([]);
});

/** One page, 200 by 100, with a script that nobody runs. */
const PDF = `%PDF-1.7
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
4 0 obj<</Length 43>>stream
BT /F 30 Tf 20 50 Td (The garden) Tj ET    
endstream endobj
trailer<</Root 1 0 R/Size 6>>
%%EOF
`;

test("what came along is looked at where that is safe", async ({ page, dovecot, context }) => {
  const picture = { name: "holiday.png", bytes: PICTURE };
  const disguised = { name: "invoice.pdf.exe", bytes: Buffer.from("MZ\x90\x00nothing") };
  await inbox(page, dovecot, "Parcels", [
    letter({ subject: "A page", attachment: { name: "plan.pdf", bytes: Buffer.from(PDF) } }),
    letter({ subject: "A picture", attachment: picture }),
    letter({ subject: "A disguise", attachment: disguised }),
  ]);
  await entry(page, "A picture").click();
  await page.getByRole("tab", { name: "Attachments" }).click();
  await expect(page.getByText("PNG picture")).toBeVisible();
  const preview = page.getByRole("img", { name: "Preview of holiday.png" });
  await expect(preview).toBeVisible();
  expect(await preview.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await entry(page, "A disguise").click();
  await page.getByRole("tab", { name: "Attachments" }).click();
  await expect(page.getByText("Windows program · its name looks like .pdf, it is .exe")).toBeVisible();
  await expect(page.getByRole("link", { name: /^Preview/ })).toHaveCount(0);
  const id = new URL(page.url()).searchParams.get("message");
  const refused = await context.request.get(`/messages/${id}/attachments/0/preview`);
  expect(refused.status()).toBe(404);

  await entry(page, "A page").click();
  await page.getByRole("tab", { name: "Attachments" }).click();
  const opening = context.waitForEvent("page");
  await page.getByRole("link", { name: "Preview of plan.pdf" }).click();
  const drawn = await opening;
  await expect(drawn.locator("img")).toBeVisible();
  expect(await drawn.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(600);
});

test("an invitation is a card, and nothing is answered", async ({ page, dovecot }) => {
  const calendar = [
    "Content-Type: text/calendar; method=REQUEST; charset=utf-8",
    "",
    "BEGIN:VCALENDAR",
    "METHOD:REQUEST",
    "BEGIN:VEVENT",
    "SUMMARY:Budget <b>round two</b>",
    "DTSTART;TZID=Europe/Vienna:20261224T100000",
    "DTEND;TZID=Europe/Vienna:20261224T113000",
    "LOCATION:Room 4",
    "ORGANIZER;CN=Anna:mailto:anna@example.org",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ].join("\r\n");
  const whole = letter({ subject: "Please come" }).toString();
  const [head] = whole.split("Content-Type: text/plain");
  await inbox(page, dovecot, "Calendar", [Buffer.from(head + calendar)]);
  await entry(page, "Please come").click();
  const card = page.getByRole("region", { name: "Calendar" });
  await expect(card).toContainText("Invitation");
  await expect(card).toContainText("Budget <b>round two</b>");
  await expect(card).toContainText("2026-12-24 10:00 to 11:30, Europe/Vienna");
  await expect(card).toContainText("Anna <anna@example.org>");
});

test("messages that answer each other are one conversation, in whatever order they come", async ({ page, dovecot }) => {
  const thread = (subject: string, id: string, ...fields: string[]) => {
    const bytes = letter({ subject }).toString().replace(/Message-ID: <[^>]*>/, [`Message-ID: <${id}@conv>`, ...fields].join("\r\n"));
    return Buffer.from(bytes);
  };
  await inbox(page, dovecot, "Threads", [
    thread("Re: The plan (last)", "c", "In-Reply-To: <b@conv>"),
    thread("Re: The plan (middle)", "b", "References: <a@conv>"),
    thread("The plan", "a"),
    thread("Something else", "d"),
  ]);
  await entry(page, "The plan").first().click();
  await page.getByText("3 messages in this conversation").click();
  const strip = page.locator(".conversation").getByRole("link");
  await expect(strip).toHaveCount(3);
  await strip.filter({ hasText: "(last)" }).click();
  await expect(page.getByRole("heading", { name: "Re: The plan (last)" })).toBeVisible();
  await entry(page, "Something else").click();
  await expect(page.getByRole("heading", { name: "Something else" })).toBeVisible();
  await expect(page.getByText("in this conversation")).toHaveCount(0);
});

test("the source is searched, and a long one comes in parts", async ({ page, dovecot }) => {
  const text = `${"A line of no interest at all.\n".repeat(50_000)}needle <b>in</b> the haystack\n`;
  await inbox(page, dovecot, "Sources", [letter({ subject: "Long", text })]);
  await entry(page, "Long").click();
  await page.getByRole("tab", { name: "Source" }).click();
  const source = page.frameLocator('iframe[title="Source"]');
  await expect(source.getByText("Part 1 of 2.")).toBeVisible();
  await expect(source.getByText("Subject: Long")).toBeVisible();
  await page.getByRole("searchbox", { name: "Search the source" }).fill("NEEDLE <b>");
  await page.getByRole("searchbox", { name: "Search the source" }).press("Enter");
  await expect(source.getByText("is there once.")).toBeVisible();
  await expect(source.getByText("Part 2 of 2.")).toBeVisible();
  await expect(source.locator("mark")).toHaveText("needle <b>");
});

test("a message counts as read once it was open for a moment", async ({ page, dovecot }) => {
  await inbox(page, dovecot, "Moment", [letter({ subject: "One" }), letter({ subject: "Two" })]);
  await entry(page, "One").click();
  await expect(page.getByRole("heading", { name: "One" })).toBeVisible();
  await entry(page, "Two").click();
  await expect(page.getByRole("button", { name: "Mark as unread" })).toBeVisible();
  await expect(page.getByText("Unread:"), "who was passed over is not read").toHaveCount(1);
  await page.getByRole("button", { name: "Mark as unread" }).click();
  await expect(page.getByText("Unread:")).toHaveCount(2);
});
