"""What a screen reader finds of a program, through libatspi.

Each line of standard input is a process id; the answer is one line of JSON: the elements of its
windows from the top, or null when the program is not known to the accessibility bus (yet). With
"focused" after the process id, only what has the focus is told; with "briefly", nothing of what lists
and tables hold: each question about each element goes over the bus and back.
"""

import json
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

# Newer versions of AT-SPI say the second.
NEWER_ROLES = {"push button": "button"}
MOST_ELEMENTS = 20_000
DEEPEST = 200
LONGEST_MS = 5_000
# They may hold hundreds of elements.
LONG_ROLES = {"list", "list box", "table"}


# What was told last to have got the focus, by process.
told_focus = {}


def switch_on():
    """Says that somebody listens: programs tell nothing before."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        value = GLib.Variant("(ssv)", ("org.a11y.Status", name, GLib.Variant("b", True)))
        bus.call_sync(
            "org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set",
            value, None, Gio.DBusCallFlags.NONE, LONGEST_MS,
        )


def listen():
    """Has programs tell where the focus goes, as screen readers do."""
    def heard(event):
        if event.detail1:
            told_focus[event.source.get_process_id()] = event.source

    listener = Atspi.EventListener.new(heard)
    listener.register("object:state-changed:focused")
    return listener


def settle():
    """Takes in what programs have told since the last question."""
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass


def application(process):
    desktop = Atspi.get_desktop(0)
    desktop.clear_cache()
    for index in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(index)
        if child is not None and child.get_process_id() == process:
            return child
    return None


def asked(question, otherwise):
    """An element may go while it is asked."""
    try:
        answer = question()
    except GLib.Error:
        return otherwise
    return otherwise if answer is None else answer


def text_of(node):
    text = asked(node.get_text_iface, None)
    return "" if text is None else asked(lambda: Atspi.Text.get_text(text, 0, -1), "")


def place_of(node):
    component = asked(node.get_component_iface, None)
    if component is None:
        return None
    extents = asked(lambda: Atspi.Component.get_extents(component, Atspi.CoordType.SCREEN), None)
    if extents is None:
        return None
    return {"x": extents.x, "y": extents.y, "width": extents.width, "height": extents.height}


def element(node, depth):
    states = asked(lambda: node.get_state_set().get_states(), [])
    role = asked(node.get_role_name, "")
    attributes = asked(node.get_attributes, {})
    return {
        "depth": depth,
        "role": NEWER_ROLES.get(role, role),
        "name": asked(node.get_name, ""),
        "description": asked(node.get_description, ""),
        "text": text_of(node),
        "attributes": sorted(attributes.values()),
        "states": [state.value_nick for state in states],
        "place": place_of(node),
    }


def is_focused(node):
    return asked(lambda: node.get_state_set().contains(Atspi.StateType.FOCUSED), False)


def elements(process, only_focused, briefly):
    settle()
    found = application(process)
    if found is None:
        return None
    # What an element can do does not change; all else is asked for each time.
    found.set_cache_mask(Atspi.Cache.INTERFACES)
    told = told_focus.get(process)
    if only_focused and told is not None and is_focused(told):
        return [element(told, 0)]
    answer, waiting = [], [(found, 0)]
    while waiting and len(answer) < MOST_ELEMENTS:
        node, depth = waiting.pop()
        if not only_focused:
            answer.append(element(node, depth))
        elif is_focused(node):
            # Whatever else has the focus stands in it.
            answer, waiting = [element(node, depth)], []
        if depth >= DEEPEST or briefly and answer[-1]["role"] in LONG_ROLES:
            continue
        count = asked(node.get_child_count, 0)
        children = [asked(lambda i=i: node.get_child_at_index(i), None) for i in range(count)]
        waiting.extend((child, depth + 1) for child in reversed(children) if child is not None)
    return answer


def main():
    switch_on()
    Atspi.init()
    listener = listen()
    for line in sys.stdin:
        process, *how = line.split()
        try:
            answer = elements(int(process), "focused" in how, "briefly" in how)
        except GLib.Error:
            answer = None
        print(json.dumps(answer), flush=True)
    listener.deregister("object:state-changed:focused")


main()
