"""Gives Blender materials: noise, wood, brick or tiles, plain, and textured parts of a person."""

import bpy
import cv2
import numpy as np


def new(name):
    m = bpy.data.materials.new(name)
    m.use_nodes = True
    return m, m.node_tree, m.node_tree.nodes["Principled BSDF"]


def coordinates(tree, scale=(1, 1, 1), turn=(0, 0, 0)):
    source = tree.nodes.new("ShaderNodeTexCoord")
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = scale
    mapping.inputs["Rotation"].default_value = turn
    tree.links.new(source.outputs["Object"], mapping.inputs["Vector"])
    return mapping.outputs["Vector"]


def noise_ramp(tree, vector, dark, light, scale, low=0.35, high=0.65):
    """Detail stays at 4: more octaves cost seconds a frame and cannot be seen at 640x360."""
    n = tree.nodes.new("ShaderNodeTexNoise")
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    n.inputs["Scale"].default_value = scale
    n.inputs["Detail"].default_value = 4
    n.inputs["Roughness"].default_value = 0.6
    tree.links.new(vector, n.inputs["Vector"])
    for element, position, colour in zip(ramp.color_ramp.elements, (low, high), (dark, light)):
        element.position = position
        element.color = (*colour, 1)
    tree.links.new(n.outputs["Fac"], ramp.inputs["Fac"])
    return ramp.outputs["Color"], n.outputs["Fac"]


def bump(tree, shader, height, strength, distance=0.02):
    b = tree.nodes.new("ShaderNodeBump")
    b.inputs["Strength"].default_value = strength
    b.inputs["Distance"].default_value = distance
    tree.links.new(height, b.inputs["Height"])
    tree.links.new(b.outputs["Normal"], shader.inputs["Normal"])


def multiply(tree, a, b):
    mix = tree.nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    mix.blend_type = "MULTIPLY"
    mix.inputs[0].default_value = 1
    for value, socket in ((a, mix.inputs[6]), (b, mix.inputs[7])):
        if isinstance(value, tuple):
            socket.default_value = (*value, 1)
        else:
            tree.links.new(value, socket)
    return mix.outputs[2]


def noise(name, dark, light, scale=3, roughness=0.8, relief=0, stretch=(1, 1, 1), **ramp):
    m, tree, shader = new(name)
    colour, factor = noise_ramp(tree, coordinates(tree, stretch), dark, light, scale, **ramp)
    tree.links.new(colour, shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = roughness
    if relief:
        bump(tree, shader, factor, relief)
    return m


def wood(name, dark, light, stretch):
    return noise(name, dark, light, 4, 0.45, stretch=stretch, low=0.3, high=0.7)


def brick(
    name, colours, mortar, width, height, gap, roughness, offset=0.5, turn=(0, 0, 0), dirt=0.3
):
    m, tree, shader = new(name)
    vector = coordinates(tree, turn=turn)
    t = tree.nodes.new("ShaderNodeTexBrick")
    tree.links.new(vector, t.inputs["Vector"])
    t.offset = offset
    for key, value in (
        ("Color1", (*colours[0], 1)),
        ("Color2", (*colours[1], 1)),
        ("Mortar", (*mortar, 1)),
        ("Scale", 1),
        ("Mortar Size", gap),
        ("Brick Width", width),
        ("Row Height", height),
        ("Bias", 0),
    ):
        t.inputs[key].default_value = value
    stains, _ = noise_ramp(tree, vector, (1 - dirt,) * 3, (1, 1, 1), 1.2, 0.3, 0.7)
    tree.links.new(multiply(tree, t.outputs["Color"], stains), shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = roughness
    raised = tree.nodes.new("ShaderNodeMath")
    raised.operation = "SUBTRACT"
    raised.inputs[0].default_value = 1
    tree.links.new(t.outputs["Fac"], raised.inputs[1])
    bump(tree, shader, raised.outputs[0], 0.4, 0.01)
    return m


def plain(name, colour, roughness=0.5, metal=0, glow=0):
    m, _, shader = new(name)
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metal
    shader.inputs["Emission Color"].default_value = (*colour, 1)
    shader.inputs["Emission Strength"].default_value = glow
    return m


def outdoors(name, glow):
    """What is seen through a window: a blurred garden that shines by itself."""
    m, tree, shader = new(name)
    colour, _ = noise_ramp(
        tree, coordinates(tree), (0.16, 0.3, 0.1), (0.85, 0.93, 1), 0.9, 0.42, 0.62
    )
    tree.links.new(colour, shader.inputs["Emission Color"])
    shader.inputs["Emission Strength"].default_value = glow
    return m


def picture(path, is_colour=True):
    i = bpy.data.images.load(path, check_existing=True)
    if i.size[0] > 1024:
        i.scale(1024, 1024 * i.size[1] // i.size[0])
    if not is_colour:
        i.colorspace_settings.name = "Non-Color"
    return i


def mean_luminance(path, uv):
    """Linear mean luminance of the texels that a set of texture coordinates touches."""
    image = cv2.imread(path)
    h, w = image.shape[:2]
    u = np.clip(uv[:, 0] * w, 0, w - 1).astype(int)
    v = np.clip((1 - uv[:, 1]) * h, 0, h - 1).astype(int)
    return float(((image[v, u] / 255.0) ** 2.2 @ [0.07, 0.72, 0.21]).mean())


def garment(name, part, uv, colour):
    """Keeps the texture's folds and replaces its colour.

    That is: the grey texture, scaled to mean 1, times `colour`."""
    m, tree, shader = new(name)
    t = tree.nodes.new("ShaderNodeTexImage")
    grey = tree.nodes.new("ShaderNodeHueSaturation")
    t.image = picture(part["texture"])
    grey.inputs["Saturation"].default_value = 0
    gain = 1 / max(0.02, mean_luminance(part["texture"], uv))
    tree.links.new(t.outputs["Color"], grey.inputs["Color"])
    tinted = multiply(tree, grey.outputs["Color"], tuple(c * gain for c in colour))
    tree.links.new(tinted, shader.inputs["Base Color"])
    tree.links.new(t.outputs["Alpha"], shader.inputs["Alpha"])
    shader.inputs["Roughness"].default_value = 0.85
    if part["normal"]:
        n = tree.nodes.new("ShaderNodeTexImage")
        convert = tree.nodes.new("ShaderNodeNormalMap")
        n.image = picture(part["normal"], is_colour=False)
        tree.links.new(n.outputs["Color"], convert.inputs["Color"])
        tree.links.new(convert.outputs["Normal"], shader.inputs["Normal"])
    return m


def surface(name, part, tint, roughness):
    """Skin, hair, eyes and shoes: the texture as it is, with a tint."""
    m, tree, shader = new(name)
    t = tree.nodes.new("ShaderNodeTexImage")
    t.image = picture(part["texture"])
    tree.links.new(multiply(tree, t.outputs["Color"], tint), shader.inputs["Base Color"])
    if part["kind"] != "skin":
        tree.links.new(t.outputs["Alpha"], shader.inputs["Alpha"])
    shader.inputs["Roughness"].default_value = roughness
    return m


def printed(name, path):
    """Matt paper that shows a picture."""
    m, tree, shader = new(name)
    t = tree.nodes.new("ShaderNodeTexImage")
    t.image = picture(path)
    tree.links.new(t.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.9
    return m
