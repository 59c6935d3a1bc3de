// One file on its way to the server: with its progress, which `fetch` cannot tell.

/**
 * @typedef {object} Upload
 * @property {Promise<AttachmentView>} done rejects with an Error of words for people; its cause is "refused" when
 *   the same file would be refused again
 * @property {() => void} cancel
 */

/**
 * @param {Blob} file
 * @param {string} name
 * @param {string} token
 * @param {(share: number) => void} onprogress from 0 to 1; 1 while the server reads the file
 * @returns {Upload}
 */
export function upload(file, name, token, onprogress) {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file, name);
  const done = new Promise((resolve, reject) => {
    request.open("POST", "/attachments/");
    request.setRequestHeader("X-CSRFToken", token);
    request.setRequestHeader("X-Requested-With", "fetch");
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => onprogress(event.loaded / (event.total || 1)));
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response);
      else
        reject(new Error(wordsOf(request), { cause: [413, 422].includes(request.status) ? "refused" : "" }));
    });
    request.addEventListener("error", () => reject(new Error(gettext("No connection. Try again."))));
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}

function wordsOf(/** @type {XMLHttpRequest} */ request) {
  const { title, detail } = request.response ?? {};
  if (title) return [title, detail].filter(Boolean).join(" ");
  return request.status === 413
    ? gettext("The file is too large for the server.")
    : gettext("The file did not arrive. Try again.");
}
