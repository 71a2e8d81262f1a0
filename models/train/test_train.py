"""Run with `python -m unittest` in this folder: box mathematics, augmentation, assignment, teaching, and the row order."""

import unittest
from collections import Counter

import numpy as np
import onnx
import torch

import augment
import boxes
import export
import lathe
import reopen
import reshape
import teach
from assign import assign
from distil import Adapters, Opinion, supported, unlikeness
from loss import ciou, loss
from net import Person, Shape, cells, corners
from quantise import FLOAT, fed_with_bytes, renamed
from teachers import session, weighted_fusion


class Boxes(unittest.TestCase):
    def test_overlap_is_known_and_symmetric(self):
        a = np.array([[0, 0, 10, 10], [5, 0, 15, 10]], np.float32)
        found = boxes.iou(a, a)
        np.testing.assert_allclose(found, [[1, 1 / 3], [1 / 3, 1]], rtol=1e-6)

    def test_suppression_keeps_the_best_of_two_and_the_one_apart(self):
        b = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]], np.float32)
        self.assertEqual(boxes.nms(b, np.array([0.5, 0.9, 0.3])).tolist(), [1, 2])

    def test_a_16_by_9_frame_is_centred(self):
        scale, x, y = boxes.letterbox(640, 360, 416, 256)
        self.assertAlmostEqual(scale, 0.65)
        self.assertEqual((x, y), (0, 11))

    def test_each_shape_of_picture_has_the_input_that_the_daemon_gives_it(self):
        for picture, expected in (((1280, 720), (416, 256)), ((640, 480), (384, 288)), ((512, 342), (384, 256)),
                                  ((400, 400), (320, 320)), ((480, 640), (288, 384)), ((720, 1280), (256, 416)),
                                  ((1920, 800), (480, 224))):
            self.assertEqual(boxes.fitted((416, 256), 32, *picture), expected, picture)


class Augment(unittest.TestCase):
    def test_boxes_follow_the_pixels(self):
        rng = np.random.default_rng(1)
        rgb = np.zeros((200, 300, 3), np.uint8)
        rgb[60:140, 100:160] = 255
        for _ in range(50):
            out, box, kind = augment.view(rgb, np.array([[100, 60, 160, 140]], np.float32), np.array([1]),
                                          (256, 416), (0.6, 1.0), False, rng)
            y, x = np.nonzero(out[..., 0] > 200)
            np.testing.assert_allclose(box[0], [x.min(), y.min(), x.max() + 1, y.max() + 1], atol=2)
            self.assertEqual(kind.tolist(), [augment.PERSON])

    def test_a_person_mostly_cut_off_is_ignored_and_one_gone_is_dropped(self):
        box = np.array([[-80, 10, 20, 110], [-50, 0, -10, 50]], np.float32)
        _, kind = augment.cut(box, np.array([1, 1]), 416, 256)
        self.assertEqual(kind.tolist(), [augment.IGNORE])

    def test_what_hides_a_picture_hides_a_part_of_it(self):
        rng = np.random.default_rng(0)
        picture = np.full((64, 96, 3), 77, np.uint8)
        for _ in range(50):
            hidden = (augment.hidden(picture, rng) != 77).any(-1).mean()
            self.assertTrue(0 < hidden < 0.6, hidden)

    def test_a_streak_takes_no_light_away(self):
        rng = np.random.default_rng(0)
        for _ in range(50):
            kernel = augment.streak(rng)
            self.assertAlmostEqual(kernel.sum(), 1.0, places=5)
            self.assertGreater((kernel > 0).sum(), 2)

    def test_things_are_drawn_and_hide_little_of_anybody(self):
        rng = np.random.default_rng(0)
        picture = np.full((64, 96, 3), 77, np.uint8)
        box = np.array([[30, 10, 50, 60]], np.float32)
        drawn = 0.0
        for _ in range(50):
            changed = (lathe.put(picture, box, rng) != 77).any(-1)
            drawn += changed.mean()
            self.assertLess(changed[10:60, 30:50].mean(), lathe.MOST * lathe.HIDES_MOST)
        self.assertGreater(drawn / 50, 0.02)


class Network(unittest.TestCase):
    def test_rows_come_stride_by_stride_and_row_by_row(self):
        cell = cells(256, 416)
        self.assertEqual(len(cell), 52 * 32 + 26 * 16 + 13 * 8)
        self.assertEqual(cell[53].tolist(), [1, 1, 8])
        self.assertEqual(cell[52 * 32].tolist(), [0, 0, 16])
        self.assertEqual(Person().eval()(torch.zeros(1, 3, 64, 96)).shape, (1, 12 * 8 + 6 * 4 + 3 * 2, 5))

    def test_raw_values_become_corners(self):
        box = corners(torch.tensor([[[0.5, 0.5, 0.0, 0.6931472]]]), torch.tensor([[2.0, 1.0, 8.0]]))
        torch.testing.assert_close(box, torch.tensor([[[16.0, 4.0, 24.0, 20.0]]]))


class Assignment(unittest.TestCase):
    def setUp(self):
        self.cell = cells(64, 96)
        self.truth = torch.tensor([[[10.0, 8.0, 40.0, 56.0], [0, 0, 0, 0]]])
        self.real = torch.tensor([[True, False]])

    def test_the_best_row_is_asked_for_its_overlap(self):
        box = self.truth[:, :1].expand(1, len(self.cell), 4).clone()
        box[..., 2] += 10
        who, positive, target = assign(torch.full((1, len(self.cell)), 0.1), box, self.cell, self.truth, self.real)
        self.assertEqual(int(positive.sum()), 10)
        self.assertTrue((who[positive] == 0).all())
        self.assertAlmostEqual(target.max().item(), 0.75, places=5)

    def test_a_person_smaller_than_a_cell_still_gets_rows(self):
        truth = torch.tensor([[[17.0, 17.0, 19.0, 19.0]]])
        _, positive, _ = assign(torch.full((1, len(self.cell)), 0.1), torch.zeros(1, len(self.cell), 4),
                                self.cell, truth, torch.tensor([[True]]))
        self.assertTrue(positive.any())

    def test_rows_in_an_ignored_region_cost_nothing(self):
        raw = torch.zeros(1, len(self.cell), 5)
        everywhere = torch.tensor([[[0.0, 0.0, 96.0, 64.0]]])
        box = corners(raw[..., :4], self.cell)
        self.assertEqual(loss(raw, box, self.cell, everywhere, torch.tensor([[2]])).item(), 0.0)

    def test_equal_boxes_lose_nothing(self):
        box = torch.tensor([[0.0, 0.0, 10.0, 20.0]])
        self.assertAlmostEqual(ciou(box, box).item(), 1.0, places=5)


class Teaching(unittest.TestCase):
    def fuse(self, label, vote, name="edgeai"):
        record = {"set": name, "boxes": label, "crowd": [0] * len(label)}
        teach.fuse_one(record, np.array(vote, np.float32).reshape(-1, 5), Counter())
        return record

    def test_a_sure_committee_adds_a_person(self):
        found = self.fuse([], [[0, 0, 10, 20, 0.7]])
        self.assertEqual((found["boxes"], found["crowd"]), ([[0, 0, 10, 20]], [0]))

    def test_an_unsure_committee_makes_a_region_to_ignore(self):
        self.assertEqual(self.fuse([], [[0, 0, 10, 20, 0.25]])["crowd"], [1])

    def test_a_label_nobody_confirms_is_ignored_unless_its_set_is_trusted(self):
        self.assertEqual(self.fuse([[0, 0, 10, 20]], [])["crowd"], [1])
        self.assertEqual(self.fuse([[0, 0, 10, 20]], [], "hospital")["crowd"], [0])

    def test_opinions_of_one_person_are_fused_and_weighted(self):
        box, score = weighted_fusion([(np.array([[0.0, 0, 10, 20]]), np.array([0.6])),
                                      (np.array([[1.0, 0, 10, 20]]), np.array([0.3])),
                                      (np.zeros((0, 4)), np.zeros(0))])
        np.testing.assert_allclose(box, [[1 / 3, 0, 10, 20]], atol=1e-5)
        np.testing.assert_allclose(score, [0.3])

    def test_one_member_is_heard_once_a_person(self):
        twice = np.array([[0.0, 0, 10, 20], [0, 0, 10, 20]])
        box, score = weighted_fusion([(twice, np.array([0.6, 0.6]))])
        self.assertEqual(len(box), 2)


class Distilling(unittest.TestCase):
    def test_equal_maps_are_alike_whatever_their_scale(self):
        maps = torch.randn(2, 4, 3, 5)
        self.assertAlmostEqual(unlikeness(maps * 3 + 1, maps).item(), 0.0, places=5)

    def test_a_box_that_no_label_knows_teaches_nothing(self):
        opinion = Opinion([], torch.tensor([[0.9, 0.9]]), torch.tensor([[[0.0, 0, 10, 20], [50, 0, 60, 20]]]))
        score = supported(opinion, torch.tensor([[[0.0, 0, 10, 20]]]), torch.tensor([[1]]))
        torch.testing.assert_close(score, torch.tensor([[0.9, 0.0]]))


class Reshaping(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.large = Person(Shape(widths=(8, 8, 16, 16, 16), depths=(1, 1, 1), neck=16, head=16)).eval()
        for m in self.large.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.weight.data.uniform_(0.5, 1.5)
                m.bias.data.uniform_(-1, 1)
                m.running_var.uniform_(0.5, 2)

    def pruned(self, shape):
        small = Person(shape).eval()
        reshape.prune(self.large, small, Adapters(16), Adapters(shape.neck))
        return small

    def test_the_same_shape_gives_the_same_answers(self):
        picture = torch.rand(1, 3, 64, 96) * 255
        torch.testing.assert_close(self.pruned(self.large.shape)(picture), self.large(picture))

    def test_a_grown_network_answers_as_before(self):
        grown = Person(Shape(widths=(8, 16, 24, 24, 32), depths=(1, 1, 1), neck=24, head=24)).eval()
        reshape.grow(self.large, grown, Adapters(16), Adapters(24))
        picture = torch.rand(1, 3, 64, 96) * 255
        torch.testing.assert_close(grown(picture), self.large(picture), rtol=1e-4, atol=1e-4)

    def test_dead_channels_go_first_and_change_nothing(self):
        wide = self.large.stage8[0]
        wide[1].weight.data[8:] = 1e-9
        wide[1].bias.data[8:] = -1.0
        self.assertEqual(reshape.strongest([wide], 8).tolist(), list(range(8)))

    def test_a_smaller_shape_runs(self):
        small = self.pruned(Shape(widths=(4, 4, 8, 8, 8), depths=(1, 1, 1), neck=8, head=8))
        self.assertEqual(small(torch.zeros(1, 3, 64, 96)).shape, (1, 126, 5))


class Reopening(unittest.TestCase):
    def test_an_exported_model_answers_as_before_also_with_the_norms_of_a_batch(self):
        torch.manual_seed(0)
        net = Person(Shape(widths=(8, 8, 16, 16, 16), depths=(1, 1, 1), neck=16, head=16))
        pictures = torch.rand(4, 3, 64, 96) * 255
        for _ in range(3):
            net(pictures)
        shut = export.Exported(export.folded({"shape": net.shape.record(), "average": net.state_dict()}, 0.5))
        weights = {name: value.detach() for name, value in shut.state_dict().items()}
        again = reopen.reopened(weights, [pictures])
        self.assertEqual(again.shape, net.shape)
        torch.testing.assert_close(again(pictures), net.eval()(pictures), rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(again.train()(pictures), again.eval()(pictures), rtol=1e-2, atol=1e-2)


class Quantising(unittest.TestCase):
    def test_a_model_fed_with_bytes_sees_the_same_picture(self):
        node = onnx.helper.make_node
        nodes = [node("QuantizeLinear", ["images", "scale", "zero"], ["bytes"]),
                 node("DequantizeLinear", ["bytes", "scale", "zero"], ["values"]), node("Neg", ["values"], ["output"])]
        port = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 3, 2, 2]) for name in ("images", "output")]
        constants = [onnx.numpy_helper.from_array(np.array(1.0, np.float32), "scale"),
                     onnx.numpy_helper.from_array(np.array(0, np.uint8), "zero")]
        graph = onnx.helper.make_graph(nodes, "net", port[:1], port[1:], constants)
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=9)
        picture = np.arange(12, dtype=np.uint8).reshape(1, 3, 2, 2) * 23
        [expected] = session(model.SerializeToString()).run(None, {"images": picture.astype(np.float32)})
        [found] = session(fed_with_bytes(model).SerializeToString()).run(None, {"images": picture})
        np.testing.assert_array_equal(found, expected)

    def test_only_what_follows_the_hidden_layer_of_a_head_stays_float(self):
        for name in ("/box.0/Conv", "/score.2/Conv", "/Sigmoid_1", "/Concat_3", "/Reshape", "/Transpose_5"):
            self.assertTrue(FLOAT.match(name), name)
        for name in ("/mix.3/Concat", "/head.0.0/head.0.0.0/Conv", "/stem/stem.0/stem.0.0/Conv", "/Add"):
            self.assertFalse(FLOAT.match(name), name)

    def test_a_manifest_gets_another_name_and_digest(self):
        text = 'name = "a"\nsha256 = "1"\n[input]\nname = "images"\n'
        self.assertEqual(renamed(text, "b", "2"),
                         'name = "b"\nsha256 = "2"\n[input]\nname = "images"\n')


if __name__ == "__main__":
    unittest.main()
