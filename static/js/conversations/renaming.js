// What an entry of the list of conversations is called, and calling it something else, in its place.

/** What each entry is called that is being renamed: its link is put aside. @type {WeakMap<HTMLElement, HTMLElement>} */
const aside = new WeakMap();

export const isRenaming = (/** @type {HTMLElement} */ entry) => aside.has(entry);

const element = (/** @type {HTMLElement} */ entry) => (aside.get(entry) ?? entry).querySelector(".title");

export function titleOf(/** @type {HTMLElement} */ entry) {
  return element(entry)?.textContent ?? "";
}

/** Call `entry` what the server calls it; without a title it is a new chat. */
export function name(/** @type {HTMLElement} */ entry, /** @type {string} */ title) {
  const words = title || gettext("New chat");
  const place = element(entry);
  if (place) place.textContent = words;
  const label = interpolate(gettext("More: %(title)s"), { title: words }, true);
  entry.querySelector('[data-action="menu"]')?.setAttribute("aria-label", label);
}

/**
 * Put a field in the place of the title. `done` is called when it is gone.
 * @param {Page} page
 * @param {HTMLElement} entry
 * @param {() => void} done
 */
export function rename(page, entry, done) {
  const link = entry.querySelector("a");
  const title = titleOf(entry);
  if (!link) return;
  const input = document.createElement("input");
  input.value = title;
  input.maxLength = 120;
  input.setAttribute("aria-label", gettext("Title"));
  let isOpen = true;
  const close = (/** @type {boolean} */ isKept) => {
    if (!isOpen) return;
    isOpen = false; // taking it away blurs it, which closes it again
    input.replaceWith(link);
    aside.delete(entry);
    done();
    const wanted = input.value.trim();
    if (isKept && wanted && wanted !== title) void renameTo(page, entry, wanted);
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    close(event.key === "Enter");
    link.focus();
  });
  input.addEventListener("blur", () => close(true));
  aside.set(entry, link);
  link.replaceWith(input);
  input.focus();
  input.select();
}

async function renameTo(
  /** @type {Page} */ page,
  /** @type {HTMLElement} */ entry,
  /** @type {string} */ title,
) {
  const { conversation = "" } = entry.dataset;
  const before = titleOf(entry);
  name(entry, title);
  try {
    await page.request(`/c/${conversation}/rename/`, { method: "POST", body: { title } });
  } catch {
    if (titleOf(entry) === title) name(entry, before);
    page.toast(gettext("That did not work. Try again."));
  }
}
