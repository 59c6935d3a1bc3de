"""The commands of a conversation in the terminal: those that people know from `ollama run`, and what ours do."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conversations.backends.base import BackendError, BackendRefused, ModelInfo
from conversations.backends.library import CreateRequest, ShownModel, library_of
from conversations.backends.names import model_name
from conversations.generation.engine import engine
from conversations.live.protocol.commands import ModelChoice
from conversations.management.chat import help_texts
from conversations.management.chat.calls import listing
from conversations.management.chat.lookups import Unclear, find_conversation
from conversations.management.chat.prompting import Line
from conversations.management.chat.screen import Screen
from conversations.management.chat.talk import Talk
from conversations.management.chat.wishes import NAMES, THINK_LEVELS, BadValue, Wishes
from conversations.management.describing import PARTS, describe_listed, part_of
from conversations.models import Conversation, Message, User
from conversations.models.conversation import Refused

_SWITCHES = ("verbose", "quiet", "wordwrap", "nowordwrap", "history", "nohistory", "nothink", "noformat", "notools")
SETTINGS = ("parameter", "system", "think", "format", "tools", *_SWITCHES)
LEAVE = ("/bye", "/exit")


class Slash:
    """Carries out commands on one talk. What is wrong with a command is said, and changes nothing."""

    def __init__(self, talk: Talk, screen: Screen, wishes: Wishes, user: User) -> None:
        self._talk = talk
        self._screen = screen
        self._wishes = wishes
        self._user = user
        self.line: Line | None = None
        self._verbs: dict[str, Callable[[str], None]] = {
            "/set": self._set,
            "/show": self._show,
            "/list": self._list,
            "/load": self._load,
            "/save": self._save,
            "/clear": self._clear,
            "/help": self._help,
            "/?": self._help,
        }

    def carry_out(self, text: str) -> None:
        """One command, with what follows it."""
        word, _, rest = text.strip().partition(" ")
        verb = self._verbs.get(word)
        if verb is None:
            self._screen.note(f"There is no {word}. /? lists what there is.")
            return
        try:
            verb(rest.strip())
        except (BadValue, Unclear) as error:
            self._screen.note(str(error))
        except BackendError as error:
            self._screen.fault(error.code, error.detail)
        except Refused as refused:
            self._screen.fault(refused.code)

    def words(self) -> dict[str, Callable[[], Iterable[str]]]:
        """For each command, the words that may follow."""
        return {
            "": lambda: (*self._verbs, *LEAVE),
            "/set": lambda: SETTINGS,
            "/set parameter": lambda: NAMES,
            "/set think": lambda: THINK_LEVELS,
            "/set format": lambda: ("json",),
            "/set tools": lambda: [switch.value for switch in self._wishes.switches()],
            "/show": lambda: PARTS,
            "/load": lambda: [model.name for state in engine.registry.states() for model in state.models],
            "/?": lambda: help_texts.TOPICS,
            "/help": lambda: help_texts.TOPICS,
        }

    # Settings

    def _set(self, rest: str) -> None:
        what, _, value = rest.partition(" ")
        value = value.strip()
        match what:
            case "parameter":
                self._set_parameter(value)
            case "system":
                self._wishes.set_system(value)
                self._screen.note("The system prompt is set." if value else "There is no system prompt now.")
            case "think" | "nothink":
                self._wishes.set_think(value if what == "think" else "off")
                self._screen.note(f"Thinking: {self._wishes.think}.{self._warning()}")
            case "format" | "noformat":
                self._wishes.set_format((value or "json") if what == "format" else "")
                self._screen.note("Replies are JSON now." if self._wishes.format else "Replies are free text now.")
            case "tools" | "notools":
                self._set_tools(value.split() if what == "tools" else None)
            case _ if what in _SWITCHES:
                self._switch(what)
            case _:
                self._screen.say(help_texts.SET)

    def _set_parameter(self, value: str) -> None:
        name, *values = value.split() or [""]
        self._wishes.set_option(name, values)
        set_to = self._wishes.sampling.get(name)
        self._screen.note(f"{name} is not set now." if set_to is None else f"{name} is {set_to} now.")

    def _set_tools(self, names: list[str] | None) -> None:
        if names == []:
            self._screen.say(listing(self._wishes.switches()))
            return
        self._wishes.set_tools(names or [])
        info = self._info()
        is_able = info is None or info.capabilities is None or info.can("tools") or not names
        blind = "" if is_able or info is None else f" {info.name} cannot use tools, so it makes no difference."
        self._screen.note(f"Tools: {', '.join(self._wishes.tools) or 'none'}.{blind}")

    def _switch(self, what: str) -> None:
        match what:
            case "verbose" | "quiet":
                self._screen.is_verbose = what == "verbose"
                self._screen.note("Figures follow each reply." if what == "verbose" else "No figures any more.")
            case "wordwrap" | "nowordwrap":
                self._screen.is_wrapped = what == "wordwrap"
                self._screen.note("Lines break between words." if what == "wordwrap" else "Lines break anywhere.")
            case _ if self.line is not None:
                self.line.is_remembered = what == "history"
                self._screen.note("What is typed is remembered." if what == "history" else "Nothing is remembered.")

    def _warning(self) -> str:
        info = self._info()
        can = info is None or info.capabilities is None or info.can("thinking") or self._wishes.think == "off"
        return "" if can or info is None else f" {info.name} cannot think, so it makes no difference."

    # The model

    def _info(self) -> ModelInfo | None:
        model = self._talk.model
        return engine.registry.find(model.backend, model.name) if model else None

    def _show(self, part: str) -> None:
        if part not in PARTS:
            self._screen.say(help_texts.SHOW)
            return
        if part in ("system", "parameters"):
            self._screen.say(self._session_part(part))
        try:
            text = part_of(self._shown(), part)
        except BackendRefused as refused:
            info = self._info()
            if refused.code != "library_unsupported" or info is None:
                raise
            text = describe_listed(info) if part == "info" else ""
        name = self._talk.model.name if self._talk.model else "The model"
        self._screen.say(text or f"{name} names no {part}.")

    def _session_part(self, part: str) -> str:
        if part == "system":
            return f"Of this conversation:\n{self._wishes.system}\n" if self._wishes.system else ""
        options = self._wishes.options().model_dump(exclude_none=True)
        return "Of this conversation:\n" + "\n".join(f"{name}  {value}" for name, value in options.items()) + "\n"

    def _shown(self) -> ShownModel:
        model = self._model()
        library = library_of(engine.registry.get(model.backend))
        return self._talk.call(library.show(model.name))

    def _model(self) -> ModelChoice:
        if self._talk.model is None:
            raise Refused("no_model")
        return self._talk.model

    def _list(self, _rest: str) -> None:
        for state in self._talk.backends():
            for model in state.models:
                self._screen.say(f"{model.name}  ({state.label})")

    # The conversation

    def _load(self, name: str) -> None:
        if not name:
            self._screen.note("/load takes the name of a model, or the title or identifier of a conversation.")
            return
        chosen = self._talk.find_model(name)
        if chosen is not None:
            self._talk.model = chosen
            self._begin_anew(f"{chosen.name}, in a new conversation.")
        else:
            try:
                self.go_on_with(find_conversation(self._user, name))
            except Unclear as unclear:
                raise Unclear(f"There is no model {name}. {unclear}") from None

    def go_on_with(self, conversation: Conversation) -> None:
        """Show where that conversation stands, and go on with it."""
        self._talk.go_on_with(conversation)
        self._wishes.changed.clear()
        self._wishes.take(conversation)
        for message in list(conversation.walk(conversation.leaf_id))[1::-1]:
            self._screen.say(f">>> {message.content}" if message.role == "user" else message.content)

    def _save(self, name: str) -> None:
        source = self._model()
        request = CreateRequest(
            name=model_name(name),
            source=source.name,
            system=self._wishes.system or None,
            parameters=self._wishes.options().options(),
            messages=[{"role": message.role, "content": message.content} for message in self._said()],
        )
        self._talk.call(_create(source.backend, request))
        self._talk.find_model("")
        self._screen.note(
            f"{request.name} is a model now: {source.name} with this system prompt, these parameters and these "
            "messages. The conversation itself is kept anyway."
        )

    def _said(self) -> list[Message]:
        conversation = Conversation.objects.visible_to(self._user).filter(pk=self._talk.conversation).first()
        path = list(conversation.walk(conversation.leaf_id))[::-1] if conversation else []
        return [message for message in path if message.content and message.role in ("user", "assistant")]

    def _clear(self, _rest: str) -> None:
        self._begin_anew("A new conversation, with the same settings.")

    def _begin_anew(self, note: str) -> None:
        self._talk.begin_anew()
        self._wishes.send_all()
        self._screen.note(note)

    def _help(self, topic: str) -> None:
        self._screen.say(help_texts.TOPICS.get(topic.removeprefix("/"), help_texts.COMMANDS))


async def _create(backend: str, request: CreateRequest) -> None:
    async for _progress in library_of(engine.registry.get(backend)).create(request):
        pass
    await engine.registry.refresh(backend)
