import type { Page } from 'playwright-core';

/** The part of a worker's registration that makes its hot key in the page. */
export async function makeHotKey(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Make a hot key here' }).click();
  await saveHotKey(page);
}

/** Saves the key that was made, without which the page registers nothing. */
export async function saveHotKey(page: Page): Promise<void> {
  await page.getByLabel('Password of the file').fill('a good password');
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save hot.json' }).click();
  await saved;
}
