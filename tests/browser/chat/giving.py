"""How a person adds files in the browser, and where they are seen."""

from __future__ import annotations

from base64 import b64encode

from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.chat.conftest import Chat
from tests.unit.uploads.samples import pdf, picture

SEEING = "ollama/gemma3:4b"
SEND_EVENT = """([type, files]) => {
    const data = new DataTransfer();
    for (const [name, kind, content] of files) {
        const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
        data.items.add(new File([bytes], name, {type: kind}));
    }
    const options = {bubbles: true, cancelable: true};
    const event = type === "paste"
        ? new ClipboardEvent(type, {...options, clipboardData: data})
        : new DragEvent(type, {...options, dataTransfer: data});
    return document.activeElement.dispatchEvent(event);
}"""

PUMP: FilePayload = {"name": "pump.png", "mimeType": "image/png", "buffer": picture(800, 600, "orange")}
VALVE: FilePayload = {"name": "valve.jpg", "mimeType": "image/jpeg", "buffer": picture(300, 500, "teal", "JPEG")}
NOTES: FilePayload = {
    "name": "notes.md",
    "mimeType": "text/markdown",
    "buffer": b"# Notes\n\n`pumps` & <b>valves</b>\n",
}
REPORT: FilePayload = {"name": "report.pdf", "mimeType": "application/pdf", "buffer": pdf("Pumps", "Valves")}
SCAN: FilePayload = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": pdf("")}


def pick(chat: Chat, *files: FilePayload) -> None:
    """Choose files by the button, and wait until each has come to its end."""
    before = tray(chat).count()
    with chat.page.expect_file_chooser() as chooser:
        chat.page.get_by_role("button", name="Add files").click()
    chooser.value.set_files(list(files))
    expect(tray(chat)).to_have_count(before + len(files))
    expect(chat.page.locator(".tray li:is([data-state=waiting], [data-state=uploading])")).to_have_count(0)


def give(chat: Chat, how: str, *files: FilePayload) -> bool:
    """Paste, drop or drag; whether the browser would have done something with it by itself."""
    chat.box.focus()
    return bool(chat.page.evaluate(SEND_EVENT, [how, payload(*files)]))


def payload(*files: FilePayload) -> list[list[str]]:
    """The files as SEND_EVENT takes them; it goes to what has the focus."""
    return [[file["name"], file["mimeType"], b64encode(file["buffer"]).decode()] for file in files]


def tray(chat: Chat) -> Locator:
    return chat.page.locator(".tray li")


def shown(chat: Chat) -> Locator:
    return chat.said().get_by_role("list", name="Files").get_by_role("listitem")
