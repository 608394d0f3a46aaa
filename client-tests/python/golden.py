"""Golden events: what a function is told, whole, as `fixtures/wire/events/<source>.json` has it.

A text like `<sub>` there stands for what varies: any text of that form, and the same one wherever it stands in the
event.
"""

import json
import re
from pathlib import Path

from expect import UUID

EVENTS = Path(__file__).parents[2] / "fixtures" / "wire" / "events"
PLACEHOLDER = re.compile(r"<(\w+)>")
FORMS = {
    "sub": UUID,
    "uuid": UUID,
    "userPoolId": re.compile(r"[a-z]{2}-[a-z]+-\d_[0-9A-Za-z]+"),
    "clientId": re.compile(r"[0-9a-z]{26}"),
}
ANYTHING = re.compile(r".+", re.DOTALL)


def matches(source, event, **known):
    """Fails unless `event` is the golden one of this name, whole; `known` says what placeholders stand for."""
    golden = json.loads((EVENTS / f"{source}.json").read_text())
    assert set(golden) == {"source", "event"} and golden["source"], source
    assert event["triggerSource"] == source.split(".")[0], event
    # As texts: to Python, true is 1.
    assert _text(event) == _text(_filled(golden["event"], event, known)), f"not like {source}.json"


def _text(value):
    return json.dumps(value, indent=1, sort_keys=True)


def _filled(golden, event, known):
    """`golden` with what stands in the event in place of its placeholders, where it fits."""
    if isinstance(golden, dict):
        found = event if isinstance(event, dict) else {}
        return {name: _filled(value, found.get(name), known) for name, value in golden.items()}
    if isinstance(golden, list):
        found = event if isinstance(event, list) else []
        return [_filled(value, found[at] if at < len(found) else None, known) for at, value in enumerate(golden)]
    placeholder = PLACEHOLDER.fullmatch(golden) if isinstance(golden, str) else None
    if placeholder is None:
        return golden
    name = placeholder[1]
    if name not in known and isinstance(event, str) and FORMS.get(name, ANYTHING).fullmatch(event):
        known[name] = event
    return known.get(name, golden)
