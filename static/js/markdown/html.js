/**
 * The one place where text becomes HTML: what the server sent and what the Markdown parser made, and nothing else.
 * Beside it the patch that puts new HTML in the place of old.
 */

/** @typedef {{ createHTML(html: string): string }} Policy */

/** @type {Policy | undefined} */
let policy;

/** @param {string} html */
function trusted(html) {
  const types = /** @type {{ trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }} */ (
    globalThis
  );
  policy ??= types.trustedTypes?.createPolicy("md", { createHTML: (text) => text }) ?? {
    createHTML: (text) => text,
  };
  return policy.createHTML(html);
}

/**
 * The nodes of `html`, in no page yet. Scripts among them never run.
 *
 * @param {string} html
 */
export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = trusted(html); // eslint-disable-line no-restricted-properties
  return template.content;
}

/**
 * Make `html` the content of `element`.
 *
 * @param {Element} element
 * @param {string} html
 */
export function setHTML(element, html) {
  element.replaceChildren(fragment(html));
}

/**
 * Make the children of `parent` from the `from`-th on equal to those of `fresh`; equal ones stay, and so does a
 * selection in them.
 *
 * @param {Node} parent
 * @param {Node} fresh
 */
export function patch(parent, fresh, from = 0) {
  /** @type {ChildNode | null} */
  let old = parent.childNodes[from] ?? null;
  while (fresh.firstChild) {
    const node = fresh.firstChild;
    /** @type {ChildNode | null} */
    const next = old?.nextSibling ?? null;
    if (!old) parent.appendChild(node);
    else if (old.isEqualNode(node) || merge(old, node)) node.remove();
    else old.replaceWith(node);
    old = next;
  }
  while (old) {
    const gone = old;
    old = old.nextSibling;
    gone.remove();
  }
}

function merge(/** @type {ChildNode} */ old, /** @type {ChildNode} */ node) {
  if (old instanceof Text && node instanceof Text) {
    if (node.data.startsWith(old.data)) old.appendData(node.data.slice(old.data.length));
    else old.data = node.data;
    return true;
  }
  if (!old.cloneNode().isEqualNode(node.cloneNode())) return false;
  patch(old, node);
  return true;
}
