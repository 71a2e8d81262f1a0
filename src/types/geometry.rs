//! Normalised geometry: 0–1 over the frame, x to the right, y down.

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// A size of `width` × `height` pixels.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Number of pixels.
    pub const fn area(self) -> usize {
        self.width as usize * self.height as usize
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}", self.width, self.height)
    }
}

/// A point, normalised to the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// From the left edge.
    pub x: f32,
    /// From the upper edge.
    pub y: f32,
}

/// An axis-aligned box by its corners, normalised to the frame, with `x1 <= x2` and `y1 <= y2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BBox {
    x1: f32,
    y1: f32,
    x2: f32,
    y2: f32,
}

impl BBox {
    /// The box with these corners, clipped to the frame; `None` when a coordinate is not finite or nothing is left of it.
    pub fn clipped(x1: f32, y1: f32, x2: f32, y2: f32) -> Option<Self> {
        if ![x1, y1, x2, y2].iter().all(|v| v.is_finite()) {
            return None;
        }
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(|v| v.clamp(0.0, 1.0));
        (x1 < x2 && y1 < y2).then_some(Self { x1, y1, x2, y2 })
    }

    /// Left, top, right and bottom.
    pub const fn corners(self) -> [f32; 4] {
        [self.x1, self.y1, self.x2, self.y2]
    }

    /// Width as a share of the frame's.
    pub fn width(self) -> f32 {
        self.x2 - self.x1
    }

    /// Height as a share of the frame's.
    pub fn height(self) -> f32 {
        self.y2 - self.y1
    }

    /// Share of the frame that the box covers.
    pub fn area(self) -> f32 {
        self.width() * self.height()
    }

    /// The middle of the box.
    pub fn center(self) -> Point {
        Point {
            x: (self.x1 + self.x2) / 2.0,
            y: (self.y1 + self.y2) / 2.0,
        }
    }

    /// The middle of the lower edge: where a person stands.
    pub fn foot_point(self) -> Point {
        Point {
            x: (self.x1 + self.x2) / 2.0,
            y: self.y2,
        }
    }

    /// Share of the box that lies in `polygon`, 0–1, to the next sixty-fourth: the box is asked at the middles of 8 × 8 parts,
    /// because then a polygon that crosses itself means the same here as in [`Polygon::contains`].
    pub fn share_within(self, polygon: &Polygon) -> f32 {
        const PARTS: u16 = 8;
        let middle = |part: u16| (f32::from(part) + 0.5) / f32::from(PARTS);
        let parts = (0..PARTS).flat_map(|down| (0..PARTS).map(move |across| (across, down)));
        let within = parts.filter(|&(across, down)| {
            polygon.contains(Point {
                x: self.x1 + middle(across) * self.width(),
                y: self.y1 + middle(down) * self.height(),
            })
        });
        within.count() as f32 / f32::from(PARTS * PARTS)
    }

    /// Intersection over union, 0–1.
    pub fn iou(self, other: Self) -> f32 {
        let shared = self.intersection(other);
        shared / (self.area() + other.area() - shared)
    }

    /// Intersection over the smaller of the two areas, 0–1: 1 when one box lies inside the other.
    pub fn nesting(self, other: Self) -> f32 {
        self.intersection(other) / self.area().min(other.area())
    }

    fn intersection(self, other: Self) -> f32 {
        let width = (self.x2.min(other.x2) - self.x1.max(other.x1)).max(0.0);
        let height = (self.y2.min(other.y2) - self.y1.max(other.y1)).max(0.0);
        width * height
    }
}

/// A straight line between two different points, normalised to the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Where it begins.
    pub from: Point,
    /// Where it ends.
    pub to: Point,
}

/// A closed polygon of three or more points, normalised to the frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon(Vec<Point>);

impl Polygon {
    /// The polygon through `points`; `None` when there are fewer than three or one lies outside the frame.
    pub fn new(points: Vec<Point>) -> Option<Self> {
        let inside = |p: &Point| (0.0..=1.0).contains(&p.x) && (0.0..=1.0).contains(&p.y);
        (points.len() >= 3 && points.iter().all(inside)).then_some(Self(points))
    }

    /// The corners in order.
    pub fn points(&self) -> &[Point] {
        &self.0
    }

    /// Whether `p` is inside, by the even-odd rule (how often a ray to the right crosses an edge).
    pub fn contains(&self, p: Point) -> bool {
        let mut inside = false;
        let mut previous = self.0[self.0.len() - 1];
        for &corner in &self.0 {
            if (corner.y > p.y) != (previous.y > p.y) {
                let slope = (previous.x - corner.x) / (previous.y - corner.y);
                if p.x < corner.x + slope * (p.y - corner.y) {
                    inside = !inside;
                }
            }
            previous = corner;
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_box() -> impl Strategy<Value = BBox> {
        (0.0f32..0.9, 0.0f32..0.9, 0.01f32..1.0, 0.01f32..1.0)
            .prop_map(|(x, y, w, h)| BBox::clipped(x, y, x + w, y + h).expect("has an area"))
    }

    proptest! {
        #[test]
        fn iou_is_symmetric_and_bounded(a in any_box(), b in any_box()) {
            prop_assert!((a.iou(b) - b.iou(a)).abs() < 1e-6);
            prop_assert!((0.0..=1.0 + 1e-5).contains(&a.iou(b)));
            prop_assert!((a.iou(a) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn a_box_is_clipped_to_the_frame_or_refused() {
        let clipped = BBox::clipped(-0.5, 0.2, 0.5, 1.5).map(BBox::corners);
        assert_eq!(clipped, Some([0.0, 0.2, 0.5, 1.0]));
        assert_eq!(BBox::clipped(1.1, 0.0, 1.5, 1.0), None);
        assert_eq!(BBox::clipped(f32::NAN, 0.0, 1.0, 1.0), None);
    }

    #[test]
    fn a_box_lies_in_a_polygon_by_the_share_of_it_that_does() {
        let corner = |(x, y)| Point { x, y };
        let left = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)];
        let left = Polygon::new(left.map(corner).to_vec()).expect("four corners");
        for (x1, x2, share) in [
            (0.1, 0.4, 1.0),
            (0.4, 0.6, 0.5),
            (0.45, 0.65, 0.25),
            (0.6, 0.9, 0.0),
        ] {
            let bbox = BBox::clipped(x1, 0.2, x2, 0.9).expect("has an area");
            assert_eq!(bbox.share_within(&left), share, "{x1}–{x2}");
        }
    }

    #[test]
    fn a_concave_polygon_contains_what_it_encloses() {
        let corner = |(x, y)| Point { x, y };
        let l_shape = [
            (0.1, 0.1),
            (0.9, 0.1),
            (0.9, 0.4),
            (0.4, 0.4),
            (0.4, 0.9),
            (0.1, 0.9),
        ];
        let polygon = Polygon::new(l_shape.map(corner).to_vec()).expect("six corners");
        assert!(polygon.contains(Point { x: 0.2, y: 0.8 }));
        assert!(polygon.contains(Point { x: 0.8, y: 0.2 }));
        assert!(!polygon.contains(Point { x: 0.8, y: 0.8 }));
    }
}
