// Keys in an open menu: arrows, Home and End go from item to item (ARIA Authoring Practices Guide, Menu pattern).
// Opening, closing and Escape are the popover's own.

const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });

/**
 * Where a key leads from item `at` of `count`; null for a key that leads nowhere.
 * @param {string} key
 * @param {number} at
 * @param {number} count
 */
export function goal(key, at, count) {
  if (!count) return null;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  if (!step) return null;
  return at < 0 ? (step > 0 ? 0 : count - 1) : (at + step + count) % count;
}

/** @param {KeyboardEvent} event */
function move(event) {
  const menu = document.querySelector('[role="menu"]:popover-open');
  if (!menu || event.altKey || event.ctrlKey || event.metaKey) return;
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("[role=menuitem]")]);
  const next = goal(
    event.key,
    items.indexOf(/** @type {HTMLElement} */ (document.activeElement)),
    items.length,
  );
  if (next === null) return;
  event.preventDefault();
  event.stopPropagation();
  items[next]?.focus();
}

if (typeof document !== "undefined") document.addEventListener("keydown", move, true);
