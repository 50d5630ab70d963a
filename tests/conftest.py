"""What all tests share: no network, a cache of their own, and a browser for pages."""

import json
import os
import select
import shutil
import subprocess
from base64 import b64decode
from itertools import count

import pytest
from hypothesis import settings

# A slow machine is no failure.
settings.register_profile("jisr", deadline=None)
settings.load_profile("jisr")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Keep converted and fetched checkpoints of the tests out of the user's cache."""
    monkeypatch.setenv("JISR_CACHE", str(tmp_path_factory.getbasetemp() / "jisr-cache"))


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = """
    --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars
    --disable-background-networking --disable-component-update --disable-sync
    --remote-debugging-pipe
"""


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    if not CHROMIUM:
        pytest.skip("NOT TESTED in a browser: install Debian's package chromium")
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


class Browser:
    """One page of a headless Chromium, driven through the DevTools protocol over two pipes."""

    def __init__(self, folder):
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        self.process = subprocess.Popen(
            [CHROMIUM, *FLAGS.split(), f"--user-data-dir={folder}"],
            # Chromium reads commands from descriptor 3 and writes answers to 4.
            preexec_fn=lambda: (os.dup2(commands, 3), os.dup2(answers, 4)),
            pass_fds=(3, 4),
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self.numbers, self.events, self.received, self.session = count(1), [], b"", {}
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.session = {"sessionId": session}
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def close(self):
        self.call("Browser.close")
        self.process.wait(30)
        os.close(self.commands)
        os.close(self.answers)

    def call(self, method, **params):
        """Return the result of a command; what happens meanwhile is added to `events`."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params, **self.session}
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while (answer := self.receive()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def receive(self):
        while b"\0" not in self.received:
            assert select.select([self.answers], [], [], 60)[0], "Chromium does not answer"
            chunk = os.read(self.answers, 1 << 20)
            assert chunk, "Chromium has ended"
            self.received += chunk
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def happened(self, *methods):
        return [event for event in self.events if event["method"] in methods]

    def open(self, path, *, width=1280, height=1600, dark=False, touch=False):
        """Load a file; `events` then holds what happened up to its load event."""
        self.events.clear()
        size = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": touch}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)
        features = {
            "prefers-color-scheme": "dark" if dark else "light",
            "prefers-reduced-motion": "reduce",  # nothing to wait for
        }
        features = [{"name": name, "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", media="", features=features)
        self.move(0, 0)
        self.call("Page.navigate", url=path.as_uri())
        while not self.happened("Page.loadEventFired"):
            self.events.append(self.receive())

    def run(self, function, *arguments):
        """Return what a JavaScript function returns for arguments."""
        expression = f"({function})({', '.join(map(json.dumps, arguments))})"
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def mouse(self, kind, x, y, **params):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **params)

    def move(self, x, y):
        self.mouse("mouseMoved", x, y)

    def click(self, x, y):
        self.drag((x, y), (x, y))

    def drag(self, start, end):
        self.mouse("mousePressed", *start, button="left", buttons=1, clickCount=1)
        self.mouse("mouseMoved", *end, button="left", buttons=1)
        self.mouse("mouseReleased", *end, button="left", clickCount=1)

    def tap(self, x, y):
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def press(self, *keys):
        codes = {"Tab": 9, "Enter": 13}
        for key in keys:
            extra = {"windowsVirtualKeyCode": codes[key]} if key in codes else {}
            text = {"text": "\r"} if key == "Enter" else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **extra, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **extra)

    def print(self):
        """Return the page as a PDF file's bytes."""
        pdf = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return b64decode(pdf["data"])
