// The shapes that the modules share: the socket's frames (conversations/live/protocol.py) and the page's services.

type Part = "content" | "thinking";
type PhaseName = "queued" | "loading" | "reading" | "thinking" | "writing" | "approval" | "running";

interface ModelChoice {
  backend: string;
  name: string;
}

interface Ask {
  type: "ask";
  client_id: string;
  conversation: string;
  parent: number | null;
  text: string;
  model?: ModelChoice | null;
  think?: string | null;
  system_prompt?: string | null;
  sampling?: Record<string, unknown> | null;
  response_format?: "json" | object | null;
  corrects_format?: boolean | null;
  attachments?: string[];
  tools?: string[];
  temporary?: boolean;
}

interface AttachmentView {
  id: string;
  kind: "image" | "text" | "pdf";
  name: string;
  media_type: string;
  size: number;
  width: number | null;
  height: number | null;
  pages: number | null;
  tokens: number;
  remark: "" | "first_frame" | "cut";
}

/** What was set before the conversation exists; it goes with the first message. */
interface FirstSettings {
  system_prompt: string;
  sampling: Record<string, unknown>;
  format?: { response_format: "json" | object | null; corrects_format: boolean };
}

type Command =
  | { type: "open"; conversation: string | null }
  | Ask
  | { type: "edit"; client_id: string; message: number; text: string; attachments: string[] | null }
  | { type: "regenerate"; client_id: string; message: number; model?: ModelChoice | null; exactly?: boolean }
  | { type: "continue"; reply: number }
  | { type: "stop"; reply: number; shown: number | null }
  | { type: "approve"; message: number; decision: "once" | "conversation" | "refuse" }
  | { type: "resume"; reply: number; content_at: number; thinking_at: number }
  | { type: "watch"; project: number | null; case: number | null }
  | { type: "ack"; frames: number }
  | { type: "ping" };

/** A call of a tool, on the message that has its result. */
interface ToolView {
  label: string;
  gist: string;
  arguments: string;
  /** Whether approval may hold for the whole conversation. */
  remembers: boolean;
}

interface MessageView {
  id: number;
  parent: number | null;
  role: string;
  state: string;
  content: string;
  thinking: string;
  model_name: string;
  backend_name: string;
  client_id: string | null;
  siblings: number[];
  created_at: string;
  tool?: ToolView | null;
  attachments: AttachmentView[];
}

interface ErrorView {
  code: string;
  detail: string;
}

interface ModelView {
  backend: string;
  name: string;
  capabilities: string[] | null;
  context_length: number | null;
  label: string;
  note: string;
  /** The other servers that serve it. */
  others: string[];
  /** All that it may run on; empty for this server. */
  hosts: string[];
}

interface Metrics {
  reply_tokens?: number;
  prompt_tokens?: number;
  tokens_per_second?: number;
  first_ms?: number;
  total_ms?: number;
  load_ms?: number;
  prompt_ms?: number;
  reply_ms?: number;
  thinking_ms?: number;
  /** What the model read: its limit in tokens, and the first message that it still saw. */
  window?: { limit: number; source: string; estimate: number; seen_from?: number };
  /** How it compares to the reply that it repeats: the first character that is another. */
  repeats?: { reply: number; differs_at: number | null };
  /** What is wrong with an answer that was wanted in a form. */
  format?: { kind: string; wrong: object[] };
}

interface EventMap {
  welcome: { type: "welcome"; version: number; user: number; build: string };
  opened: {
    type: "opened";
    conversation: string;
    leaf: number | null;
    updated_at: string;
    running: EventMap["reply.text"][];
  };
  asked: {
    type: "asked";
    client_id: string;
    conversation: string;
    parent: number | null;
    messages: MessageView[];
  };
  "reply.phase": {
    type: "reply.phase";
    conversation: string;
    reply: number;
    phase: PhaseName;
    position: number | null;
    wait?: number | null;
    elapsed: number;
  };
  "reply.delta": {
    type: "reply.delta";
    conversation: string;
    reply: number;
    part: Part;
    at: number;
    text: string;
  };
  "reply.text": {
    type: "reply.text";
    conversation: string;
    reply: number;
    state: string;
    phase: PhaseName | "";
    position: number | null;
    wait?: number | null;
    elapsed: number;
    content_at: number;
    content: string;
    thinking_at: number;
    thinking: string;
  };
  "reply.finished": {
    type: "reply.finished";
    conversation: string;
    reply: number;
    state: string;
    backend_name: string;
    reason: string;
    content_length: number;
    thinking_length: number;
    metrics: Metrics;
    error: ErrorView | null;
  };
  "reply.restarted": { type: "reply.restarted"; conversation: string; reply: number };
  "conversation.changed": {
    type: "conversation.changed";
    conversation: string;
    title: string;
    generating: boolean;
    deleted: boolean;
    updated_at: string;
  };
  "path.changed": { type: "path.changed"; conversation: string; leaf: number | null };
  "backend.changed": {
    type: "backend.changed";
    name: string;
    label: string;
    address: string;
    /** Empty for this server. */
    host: string;
    state: "unknown" | "up" | "down" | "gone";
    code: string;
    detail: string;
    models: ModelView[];
  };
  error: {
    type: "error";
    code: string;
    text: string;
    advice: string;
    field: string;
    retryable: boolean;
    client_id: string | null;
    re: string;
  };
  pong: { type: "pong"; offsets: Record<string, number> };
  approvals: { type: "approvals"; waiting: number };
  "readers.changed": { type: "readers.changed"; readers: "owner" | "staff"; kept: string };
  "case.changed": { type: "case.changed"; project: number; case: number };
  "reviewer.seen": {
    type: "reviewer.seen";
    project: number;
    case: number | null;
    tab: string;
    user: number;
    name: string;
    how: "came" | "stays" | "left";
  };
  "quota.changed": {
    type: "quota.changed";
    level: "free" | "near" | "spent";
    messages: { used: number; warn_from: number | null; limit: number | null };
    tokens: { used: number; warn_from: number | null; limit: number | null };
    resets_at: string;
  };
}

type ReplyEvent = EventMap[
  "reply.phase" | "reply.delta" | "reply.text" | "reply.finished" | "reply.restarted"];
type LiveEvent = EventMap[keyof EventMap];
type LiveState = "connecting" | "online" | "offline" | "signed-out" | "old";

interface Fault {
  text: string;
  advice: string;
  retryable: boolean;
}

/** What the parts of the page share; main.js makes it. */
interface Page {
  user: string;
  conversation: string;
  /** Whether the conversation exists on the server only from the first ask on. */
  isNew: boolean;
  /** It goes with its last tab. */
  isTemporary: boolean;
  faults: Record<string, Fault>;
  live: import("./js/live.js").Live;
  store: import("./js/outbox.js").Store;
  outbox: import("./js/outbox.js").Outbox;
  drafts: import("./js/outbox.js").Drafts;
  transcript: import("./js/transcript.js").Transcript;
  composer: import("./js/composer.js").Composer;
  /** Fetch within the site. Rejects with a FetchError; a 401 also marks the page as signed out. */
  request(
    url: string,
    options?: { method?: string; body?: Record<string, string> | FormData },
  ): Promise<Response>;
  /** What proves to the server that a request is from this page. */
  token(): string;
  /** Show a passing notice, with at most one action. */
  toast(text: string, action?: { label: string; run: () => void }): void;
  /** Say something to screen readers, politely. */
  announce(text: string): void;
  /** Something was sent from here just now. */
  sent(pending: import("./js/outbox.js").Pending): void;
}

declare function gettext(text: string): string;
declare function ngettext(singular: string, plural: string, count: number): string;
declare function interpolate(format: string, values: object, named: boolean): string;

/** Trusted Types and others that the compiler's library does not know yet. */
interface Window {
  gettext?: typeof gettext;
}
