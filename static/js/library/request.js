// Asking our own server: fragments of the page, and forms sent without leaving it.

function csrfToken() {
  const field = document.querySelector("[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : "";
}

/**
 * A fragment, or the answer to a form; 422 is an answer too. Whoever is signed out is led to the sign-in.
 *
 * @param {string} url
 * @param {FormData} [body]
 */
export async function load(url, body) {
  const headers = { "X-Requested-With": "fetch", ...(body ? { "X-CSRFToken": csrfToken() } : {}) };
  const response = await fetch(url, { method: body ? "POST" : "GET", headers, body: body ?? null });
  if (response.status === 401) location.reload();
  if (!response.ok && response.status !== 422) throw new Error(`The server answered ${response.status}`);
  return { status: response.status, text: await response.text() };
}
