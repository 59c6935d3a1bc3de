// An answer that was wanted in a form: the server makes the form, here it takes the place of the JSON.

import { fragment } from "../markdown/html.js";
import { slot } from "../message.js";

/** Put the form into `article`, whose answer has just been written. Rejects when the server did not answer. */
export async function place(/** @type {Page} */ page, /** @type {HTMLElement} */ article) {
  if (slot(article, "structured")) return;
  const response = await page.request(`/m/${article.dataset["message"]}/answer/`);
  const form = slot(fragment(await response.text()), "structured");
  if (!form || slot(article, "structured") || !article.isConnected) return;
  const change = () => slot(article, "content")?.after(form);
  if (page.transcript.scroller.isPinned) change();
  else page.transcript.scroller.keep(change);
}
