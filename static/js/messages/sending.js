// What is asked of the server about a message that is stored.

/** Whether the command went out; a page that is just connecting waits for that. */
export async function send(/** @type {Page} */ page, /** @type {Command} */ command) {
  if ("client_id" in command) page.transcript.own.add(command.client_id);
  const isSent = await page.live.soon(command);
  if (isSent) return true;
  if ("client_id" in command) page.transcript.own.delete(command.client_id);
  page.toast(gettext("No connection. Try again when it is back."));
  return false;
}
