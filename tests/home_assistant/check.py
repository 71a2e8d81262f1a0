"""The real Home Assistant core with its MQTT integration, a real mosquitto and the real daemon.

Says whether every entity of our discovery document comes to life, has the right state, pauses a camera, and goes away
when its camera is no longer configured. Run by run.sh, with Home Assistant's own Python.

    check.py WATCHPOST_BINARY
"""

import asyncio
import json
import logging
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from types import MappingProxyType

from homeassistant import loader
from homeassistant.auth import auth_manager_from_config
from homeassistant.bootstrap import async_load_base_functionality
from homeassistant.config_entries import ConfigEntries, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry
from homeassistant.setup import async_setup_component

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
DEADLINE_S = 120

CONFIG = """
[device]
name = "porch-pi"
[mqtt]
url = "mqtt://127.0.0.1:{port}"
home_assistant = true
[outbox]
path = "{folder}/outbox"
[detector]
model = "models/person/manifest.toml"
[[camera]]
name = "hall"
source = "clip:tests/scenes/hall_two_people.avi"
repeat = true
fps = 5
  [[camera.zone]]
  name = "everywhere"
  points = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
  [[camera.line]]
  name = "front-door"
  from = [0.5, 1.0]
  to = [0.5, 0.2]
"""

SECOND_CAMERA = """
[[camera]]
name = "back_yard"
source = "clip:tests/scenes/hall_empty.avi"
repeat = true
fps = 5
"""


class Complaints(logging.Handler):
    """What Home Assistant's MQTT integration complains of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said = []

    def emit(self, record):
        self.said.append(record.getMessage())


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_broker(folder, port):
    settings = folder / "mosquitto.conf"
    user = "user root\n" if os.geteuid() == 0 else ""
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n{user}")
    mosquitto = "/usr/sbin/mosquitto" if os.path.exists("/usr/sbin/mosquitto") else "mosquitto"
    return subprocess.Popen([mosquitto, "-c", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_daemon(binary, folder, config):
    path = folder / "watchpost.toml"
    path.write_text(config)
    log = open(folder / "watchpost.log", "a")
    return subprocess.Popen([binary, "run", "--config", path], cwd=CHECKOUT, stdout=log, stderr=log)


def stop(process):
    if process and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def start_home_assistant(folder, broker_port):
    hass = HomeAssistant(str(folder))
    hass.config.skip_pip = True
    loader.async_setup(hass)
    settings = {"http": {"server_host": ["127.0.0.1"], "server_port": free_port()}, "homeassistant": {}}
    # JSON is YAML.
    (folder / "configuration.yaml").write_text(json.dumps(settings))
    hass.config_entries = ConfigEntries(hass, settings)
    await async_load_base_functionality(hass)
    hass.auth = await auth_manager_from_config(hass, [], [])
    for component in ("homeassistant", "http"):
        assert await async_setup_component(hass, component, settings), f"{component} does not start"
    entry = ConfigEntry(
        domain="mqtt", title="broker", version=1, minor_version=2, source="user", unique_id=None, options={},
        data={"broker": "127.0.0.1", "port": broker_port, "protocol": "5"},
        discovery_keys=MappingProxyType({}), subentries_data=None,
    )
    await hass.config_entries.async_add(entry)
    await hass.async_start()
    return hass


async def wait_for(what, condition):
    begun = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - begun < DEADLINE_S, f"waited in vain for {what}"
        await asyncio.sleep(0.1)
    return found


async def check(binary, folder):
    port = free_port()
    broker = start_broker(folder, port)
    complaints = Complaints()
    logging.getLogger("homeassistant").addHandler(complaints)
    daemon = hass = None
    try:
        time.sleep(0.5)
        hass = await start_home_assistant(folder / "home-assistant", port)
        config = CONFIG.format(port=port, folder=folder)
        daemon = start_daemon(binary, folder, config + SECOND_CAMERA)
        await check_entities(hass)
        await check_pause(hass)
        stop(daemon)
        await wait_for("the device to be unavailable", lambda: state(hass, "hall.pause") == "unavailable")
        assert state(hass, "connectivity") == "off"
        daemon = start_daemon(binary, folder, config)
        await check_removal(hass)
        assert not complaints.said, "Home Assistant complains: " + "\n".join(complaints.said)
    except BaseException:
        print((folder / "watchpost.log").read_text()[-4000:], *complaints.said, sep="\n")
        raise
    finally:
        stop(daemon)
        if hass:
            await hass.async_stop(force=True)
        stop(broker)


def entities(hass):
    """Our entities by the end of their unique ids."""
    registry = entity_registry.async_get(hass)
    ours = [entity for entity in registry.entities.values() if entity.platform == "mqtt"]
    return {entity.unique_id.removeprefix("watchpost_porch-pi."): entity for entity in ours}


def state(hass, key):
    entity = entities(hass).get(key) or entities(hass).get(f"camera.{key}")
    found = entity and hass.states.get(entity.entity_id)
    return found and found.state


async def check_entities(hass):
    # Six for the device, six a camera, two a zone, two a line.
    await wait_for("every entity", lambda: len(entities(hass)) == 6 + 2 * 6 + 2 + 2)
    expected = {
        "connectivity": {"on"},
        "camera.hall.connectivity": {"on"},
        "camera.hall.problem": {"off"},
        "camera.hall.occupancy": {"on"},
        "camera.hall.count": {"1", "2"},
        "camera.hall.zone.everywhere.occupancy": {"on"},
        "camera.hall.zone.everywhere.count": {"1", "2"},
        "camera.hall.pause": {"off"},
        "camera.back_yard.occupancy": {"off"},
        "camera.back_yard.count": {"0"},
        "outbox": {str(n) for n in range(100)},
        "dropped": {"0"},
    }
    for key, states in expected.items():
        await wait_for(f"{key} to be {states}", lambda: state(hass, key) in states)
    crossed = lambda: int(state(hass, "hall.line.front-door.in")) + int(state(hass, "hall.line.front-door.out"))
    await wait_for("somebody to cross the line", lambda: crossed() > 0)
    event = lambda: hass.states.get(entities(hass)["camera.hall.event"].entity_id)
    await wait_for("an event", lambda: event().attributes.get("event_type") in event().attributes["event_types"])
    attributes = event().attributes
    assert len(attributes["visit"]) == 26 and "box" not in attributes, attributes
    unknown = [key for key in entities(hass) if state(hass, key) in (None, "unknown", "unavailable")]
    # Nobody has been in the yard.
    assert unknown == ["camera.back_yard.event"], unknown
    for key, entity in sorted(entities(hass).items()):
        found = hass.states.get(entity.entity_id)
        print(f"{entity.entity_id:55} {found.state:30} {found.name}")
        assert found.name.count("porch-pi") <= 1, found.name


async def check_pause(hass):
    switch = {"entity_id": entities(hass)["camera.hall.pause"].entity_id}
    await hass.services.async_call("switch", "turn_on", switch, blocking=True)
    await wait_for("the camera to be paused", lambda: state(hass, "hall.pause") == "on")
    await wait_for("nobody to know who is there", lambda: state(hass, "hall.occupancy") == "unavailable")
    assert state(hass, "hall.problem") == "off" and state(hass, "hall.connectivity") == "off"
    await hass.services.async_call("switch", "turn_off", switch, blocking=True)
    await wait_for("the camera to be back", lambda: state(hass, "hall.pause") == "off")
    await wait_for("it to see again", lambda: state(hass, "hall.occupancy") in ("on", "off"))
    print("paused and resumed")


async def check_removal(hass):
    gone = lambda: [key for key in entities(hass) if key.startswith("camera.back_yard.")]
    await wait_for("the second camera to go", lambda: not gone())
    await wait_for("the rest to come back", lambda: state(hass, "hall.pause") == "off")
    print(f"removed; {len(entities(hass))} entities are left")


def main():
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "home-assistant").mkdir()
        asyncio.run(check(sys.argv[1], folder))
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()
