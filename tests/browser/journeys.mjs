// Journeys that people make, in a real browser. Usage:
//   FOND_URL=http://127.0.0.1:8080 FOND_LIBRARIAN=name:password FOND_AUDITOR=name:password node journeys.mjs
// The library must hold the sample books. Prints one line a journey; the exit status is 1 when one broke.
import { open, signIn, check, finish } from "./browser.mjs";

const { browser, base } = await open();

async function journey(name, play) {
  const context = await browser.newContext({ locale: "ru-RU", viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  try {
    await play(page);
    console.log(`done: ${name}`);
  } catch (error) {
    check(false, `${name}: ${error.message.split("\n").slice(0, 6).join(" / ")} (at ${page.url()})`);
    if (process.env.FOND_SHOTS) await page.screenshot({ path: `${process.env.FOND_SHOTS}/broken.png`, fullPage: true });
  } finally {
    await context.close();
  }
}

await journey("a reader finds a book by another form of its words", async (page) => {
  await page.goto(`${base}/`);
  await page.fill("#q", "капитанской дочки");
  await page.keyboard.press("Enter");
  const found = page.locator(".hit h3 a", { hasText: "Капитанская дочка" }).first();
  await found.click();
  await page.waitForURL(/\/records\//);
  check((await page.locator("h1").innerText()).includes("Капитанская дочка"), "the record page bears the title");
  check(await page.getByText("Где взять").isVisible(), "the record page says where the book is");
  check((await page.locator(".gost").innerText()).includes("Пушкин"), "the description names the author");

  await page.goto(`${base}/`);
  await page.fill("#q", "rfgbnfycrfz ljxrf");
  await page.keyboard.press("Enter");
  await page.getByText("Показано для").waitFor();
  check((await page.locator(".hit h3 a").first().innerText()).includes("Капитанская дочка"), "and the book is first");
});

const invoice = `Б-${Date.now() % 1_000_000}`;

async function addKnown(page, words) {
  const before = await page.locator('[name="line.record"]').count();
  await page.fill("#scan", words);
  await page.press("#scan", "Enter");
  await page.locator(".pick button").or(page.locator('[name="line.record"]').nth(before)).first().waitFor({ state: "attached" });
  const candidates = page.locator(".pick button");
  if (await candidates.count()) await candidates.first().click();
  await page.locator('[name="line.record"]').nth(before).waitFor({ state: "attached" });
}

async function priceLine(page, index, copies, price) {
  await page.locator('[name="line.copies"]').nth(index).fill(copies);
  await page.locator('[name="line.price"]').nth(index).fill(price);
}

await journey("a librarian takes a delivery of three titles and sees its row", async (page) => {
  await signIn(page, base, process.env.FOND_LIBRARIAN);
  await page.locator("#menu a", { hasText: "Поступление" }).click();
  await page.locator('[name="supplier"]').fill("ООО «Книготорг»");
  await page.locator('[name="doc.number"]').fill(invoice);
  await page.locator('[name="doc.date"]').fill(await page.locator('[name="date"]').inputValue());
  await page.locator('[name="total"]').fill("2345,50");

  await addKnown(page, "капитанская дочка");
  await addKnown(page, "мёртвые души");
  await page.locator('button[value="new-title"]').click();
  // The hand is led to the first row of the description.
  await page.locator('[name="new.title"]:focus').waitFor();
  await page.locator('[name="new.title"]').fill("Тропою лесного барсука");
  await page.locator('[name="new.author"]').fill("Сосновский, Е. В.");
  await page.locator('[name="new.year"]').fill("2025");
  await page.locator('button[value="add-title"]').click();
  await page.locator('[name="line.record"]').nth(2).waitFor({ state: "attached" });
  await priceLine(page, 0, "3", "350,00");
  await priceLine(page, 1, "2", "410,25");
  await priceLine(page, 2, "1", "475,00");
  // A scanner ends with Enter; here it recounts instead of sending a half-made document.
  await page.locator('[name="line.price"]').nth(2).press("Enter");
  await page.getByText("Сходится с документом до копейки").waitFor();

  await page.locator('button[value="preview"]').click();
  await page.locator(".will").waitFor();
  check(await page.locator(".will li").count() > 0, "the step before writing says what will be written");
  await page.locator('button[value="post"]').click();
  await page.locator(".done-head").waitFor();

  await page.goto(`${base}/staff/ksu?part=1`);
  const row = page.locator("table.dense tbody tr", { hasText: invoice });
  check(await row.count() === 1, "the summary book has one row for the document");
  check((await row.innerText()).replaceAll("\u00a0", " ").includes("2 345,50"), "with the sum of the document");

  await page.goto(`${base}/search?q=${encodeURIComponent("лесным барсуком")}`);
  check(await page.locator(".hit h3 a", { hasText: "Тропою лесного барсука" }).count() === 1, "the new book is found");
});

await journey("a scanner that does not wait for answers loses nothing", async (page) => {
  await signIn(page, base, process.env.FOND_LIBRARIAN);
  await page.goto(`${base}/staff/inventory?state=stands`);
  const cells = await page.locator("table.dense tbody tr td:first-child").allInnerTexts();
  const numbers = cells.map((text) => text.trim()).filter((text) => /^\d+$/.test(text)).slice(0, 6);
  check(numbers.length === 6, "the inventory book has numbers to scan");
  await page.goto(`${base}/staff/withdrawals/new`);
  await page.route("**/staff/withdrawals/new", async (route) => {
    await new Promise((late) => setTimeout(late, 300));
    await route.continue();
  });
  await page.focus("#scan");
  for (const number of numbers) {
    await page.keyboard.type(number, { delay: 15 });
    await page.keyboard.press("Enter");
    await page.waitForTimeout(90);
  }
  await page.locator('[name="line.key"]').nth(numbers.length - 1).waitFor({ state: "attached" });
  const taken = await page.locator("table.lines tbody tr td:first-child").allInnerTexts();
  check(numbers.every((number) => taken.some((text) => text.trim() === number)), `each is in the list: ${taken}`);
  check((await page.inputValue("#scan")) === "", "the scan line is empty again");
});

await journey("a librarian marks a copy lent and returned in its row, and posts an act that «back» does not send again", async (page) => {
  await signIn(page, base, process.env.FOND_LIBRARIAN);
  await page.goto(`${base}/staff/inventory?state=stands`);
  const row = page.locator("table.dense tbody tr", { hasText: "в фонде" }).nth(8);
  const number = (await row.locator("td").first().innerText()).trim();
  await page.goto(`${base}/staff/inventory?number=${encodeURIComponent(number)}`);
  await page.locator('details[open] button[value="loan"]').click();
  await page.locator(".steps:target .done", { hasText: "выдан" }).waitFor();
  await page.locator(".steps:target summary").click();
  await page.locator('.steps:target button[value="return"]').click();
  await page.locator(".steps:target .done", { hasText: "в фонде" }).waitFor();

  await page.goto(`${base}/staff/withdrawals/new`);
  await page.fill("#scan", number);
  await page.press("#scan", "Enter");
  await page.locator('[name="line.key"]').first().waitFor({ state: "attached" });
  await page.locator('[name="reason"]').selectOption("WEAR");
  await page.locator('button[value="preview"]').click();
  await page.locator(".will").waitFor();
  await page.reload();
  await page.locator('button[value="post"]').click();
  await page.locator(".done-head").waitFor();
  const done = page.url();
  await page.reload();
  await page.locator(".done-head").waitFor();
  check(page.url() === done, "the word after posting is opened again");
  await page.goBack();
  await page.locator("#work, .will").first().waitFor();
});

await journey("an auditor opens part 3 and cannot write", async (page) => {
  await signIn(page, base, process.env.FOND_AUDITOR);
  await page.locator("#menu a", { hasText: "Книга суммарного учёта" }).click();
  await page.locator(".tabs a", { hasText: "Итоги" }).click();
  await page.getByText("Состоит на", { exact: false }).first().waitFor();
  check(await page.locator("#menu a", { hasText: "Поступление" }).count() === 0, "no way to a delivery is offered");
  for (const path of ["/staff/deliveries/new", "/staff/withdrawals/new", "/staff/periods", "/staff/users"]) {
    const answer = await page.evaluate(
      async ([path]) => {
        const form = new URLSearchParams({ do: "post" });
        return (await fetch(path, { method: "POST", body: form, redirect: "manual" })).status;
      },
      [path],
    );
    check(answer === 403, `a write to ${path} is forbidden (answered ${answer})`);
  }
});

await finish(browser);
