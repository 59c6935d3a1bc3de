// Passkeys: between the form of a page and the device. The server checks all that comes back.

/** @typedef {{publicKey: any}} Options */

/** @param {HTMLFormElement} form @param {"unsupported" | "failed" | "unreachable"} what */
function complain(form, what) {
  const line = /** @type {HTMLElement} */ (form.querySelector("[data-passkey-problem]"));
  line.textContent = line.dataset[what] ?? "";
  line.hidden = false;
}

/** What the server asks of the device: it lies in the page, or is fetched just before. @param {HTMLFormElement} form */
async function optionsOf(form) {
  const place = document.getElementById(form.dataset.options ?? "");
  if (place) {
    const { creation_options, request_options } = JSON.parse(place.textContent ?? "");
    return /** @type {Options} */ (creation_options ?? request_options);
  }
  const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" };
  const answer = await fetch(form.action, { headers, cache: "no-store" });
  if (!answer.ok) throw new TypeError(String(answer.status));
  return /** @type {Options} */ ((await answer.json()).request_options);
}

/** @param {HTMLFormElement} form @param {Options} options */
async function ask(form, { publicKey }) {
  if (form.dataset.passkey === "get")
    return navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey),
    });
  const alone = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("passwordless"))?.checked;
  const wanted = alone
    ? { residentKey: "required", requireResidentKey: true, userVerification: "required" }
    : {};
  const choice = { ...publicKey.authenticatorSelection, ...wanted };
  const creation = { ...publicKey, authenticatorSelection: choice };
  return navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(creation),
  });
}

/** @param {HTMLFormElement} form */
async function pass(form) {
  let options;
  try {
    options = await optionsOf(form);
  } catch {
    complain(form, "unreachable");
    return;
  }
  try {
    const key = /** @type {PublicKeyCredential} */ (await ask(form, options));
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
    field.value = JSON.stringify(key.toJSON());
    form.submit();
  } catch {
    complain(form, "failed"); // called off, or refused by the device: the browser has said why
  }
}

const able = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (
  document.querySelectorAll("form[data-passkey]")
)) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  button.disabled = !able;
  if (!able) complain(form, "unsupported");
  form.hidden = !able && "optional" in form.dataset;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void pass(form);
  });
}
