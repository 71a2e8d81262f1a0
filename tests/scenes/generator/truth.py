"""Takes the frames' boxes, gives what happened: who came and went, into which zone, over which line.

Points and boxes here are normalised to the frame; nothing in this file renders or knows Blender.
"""

import numpy as np

SETTLE_S = 0.3  # a change of sides of a zone's edge that lasts for less is none


def stays(frames, fps):
    """enter_s: the first frame with the person; leave_s: the first later one after the last with."""
    found = {}
    for f in frames:
        for p in f["people"]:
            s = found.setdefault(p["id"], dict(enter_s=f["i"] / fps))
            s["leave_s"] = round((f["i"] + 1) / fps, 3)
    return found


def feet(frames, size):
    """Person -> [(frame, foot point)] from the first to the last frame with them.

    The foot point is the bottom centre of `box`. Somebody hidden stays where they were seen last."""
    found = {}
    for f in frames:
        for p in f["people"]:
            x1, _, x2, y2 = p["box"]
            found.setdefault(p["id"], {})[f["i"]] = np.array([(x1 + x2) / 2, y2]) / size
    walks = {}
    for person, seen in found.items():
        walk = walks[person] = []
        for i in range(min(seen), max(seen) + 1):
            walk.append((i, seen[i] if i in seen else walk[-1][1]))
    return walks


def zone(name, points, dwell_s, walks, fps):
    """Everybody's stays in a polygon; dwelled_s where one lasted for the zone's dwell time."""
    found = []
    for person, walk in walks.items():
        inside = settled([(i / fps, contains(points, foot)) for i, foot in walk])
        end = (walk[-1][0] + 1) / fps
        for (begin, is_in), (until, _) in zip(inside, inside[1:] + [(end, None)]):
            if not is_in:
                continue
            stay = dict(person=person, enter_s=round(begin, 3), leave_s=round(until, 3))
            if dwell_s and until - begin >= dwell_s:
                stay["dwelled_s"] = round(begin + dwell_s, 3)
            found.append(stay)
    zone = dict(name=name, points=np.round(points, 4).tolist(), stays=found)
    return zone | (dict(dwell_s=dwell_s) if dwell_s else {})


def settled(sides):
    """[(time, side)] of every frame -> [(time, side)] of every change that lasts."""
    changes = [c for k, c in enumerate(sides) if not k or c[1] != sides[k - 1][1]]
    ends = [t for t, _ in changes[1:]] + [sides[-1][0] + SETTLE_S]
    lasting = [
        c for k, (c, end) in enumerate(zip(changes, ends)) if not k or end - c[0] >= SETTLE_S
    ]
    return [c for k, c in enumerate(lasting) if not k or c[1] != lasting[k - 1][1]]


def contains(polygon, point):
    """Even-odd rule."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, 1, axis=0)):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def line(name, a, b, walks, fps):
    """Where foot points pass through the segment; the time is interpolated between two frames.

    `way` is `in` from the left of the line to its right, looking from a to b, and else `out`."""
    found = []
    for person, walk in walks.items():
        for (i, start), (k, end) in zip(walk, walk[1:]):
            before, after = (float(cross(b - a, foot - a)) for foot in (start, end))
            if before * after >= 0:
                continue
            share = before / (before - after)
            along = (start + share * (end - start) - a) @ (b - a) / ((b - a) @ (b - a))
            if 0 <= along <= 1:
                found.append(
                    dict(
                        person=person,
                        time_s=round((i + share * (k - i)) / fps, 3),
                        direction="left_to_right" if end[0] > start[0] else "right_to_left",
                        way="in" if after > 0 else "out",
                    )
                )
    found.sort(key=lambda crossing: crossing["time_s"])
    return dict(name=name, a=a.round(4).tolist(), b=b.round(4).tolist(), crossings=found)


def cross(u, v):
    return u[0] * v[1] - u[1] * v[0]
