// What a model server answers to a single call, line by line as our server passes it on.

/**
 * @typedef {object} Line
 * @property {string} [phase]
 * @property {string} [response]
 * @property {string} [thinking]
 * @property {number[][]} [embeddings]
 * @property {Metrics} [metrics]
 * @property {boolean} [done]
 * @property {string} [reason]
 * @property {string} [error] its code, with the words beside it
 * @property {string} [title]
 * @property {string} [advice]
 * @property {string} [detail]
 */

/**
 * The lines of a body, as they come. Ending the loop lets go of the body.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<Line, void, void>}
 */
export async function* lines(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      const whole = rest.split("\n");
      rest = whole.pop() ?? "";
      for (const line of whole) if (line) yield JSON.parse(line);
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {
      // It is gone already.
    });
  }
}

/** A call that was refused or broke off, in words for people; `detail` is the server's own. */
export class Failed extends Error {
  constructor(/** @type {string} */ words, detail = "") {
    super(words);
    this.detail = detail;
  }
}

/** What our server says against a request, when it is not about the form. */
export async function refusal(/** @type {Response} */ response) {
  if ([400, 413].includes(response.status))
    return new Failed(gettext("That is more than fits into one request. Shorten it."));
  const said = await response.json().catch(() => null);
  const words = [said?.title, said?.detail].filter(Boolean).join(" ");
  return new Failed(words || gettext("That did not work. Try again."));
}
