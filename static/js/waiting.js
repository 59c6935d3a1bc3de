// The waiting page: asks now and then whether an administrator has let this person in, and goes on when so.

const EVERY = 4000;
const sheet = /** @type {HTMLElement} */ (document.querySelector(".sheet"));

/** Ask once; an unreachable server is asked again like any other. */
async function look() {
  try {
    const answer = await fetch(location.pathname, {
      headers: { Accept: "application/json" },
      cache: "no-store",
    });
    if (answer.status === 401) location.assign(String(sheet.dataset.signIn));
    else if (answer.ok && (await answer.json()).may_chat) location.assign(String(sheet.dataset.home));
  } catch {
    // Offline: the next round finds out.
  }
}

setInterval(() => {
  if (!document.hidden) void look();
}, EVERY);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void look();
});
