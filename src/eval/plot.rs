//! Precision over recall as a picture: an SVG text.
//!
//! Written by hand, because it is two lines, two axes and a dot: `plotters` 0.3 would bring four crates to write the same
//! text, and guesses the width of its labels when it has no fonts.

use std::fmt::Write;

use super::curve::Curve;

/// Where the axes are, in a picture of [`WIDTH`] × [`HEIGHT`].
const LEFT: f64 = 70.0;
const TOP: f64 = 80.0;
const SIDE: f64 = 400.0;
const WIDTH: f64 = LEFT + SIDE + 30.0;
const HEIGHT: f64 = TOP + SIDE + 60.0;
const COLOURS: [&str; 3] = ["#0b6bcb", "#c8501e", "#4a7c1f"];
/// Three entries of the legend fit side by side.
const LEGEND: &str = "font-size=\"12\"";
/// Points that are nearer to the last drawn one than this do not show.
const NEAR: f64 = 0.4;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Plot<'a> {
    /// Above the curves.
    pub title: &'a str,
    /// An IoU and its curve, from the lowest IoU on.
    pub curves: &'a [(f64, Curve)],
    /// Where on each curve a user is.
    pub threshold: f64,
}

impl Plot<'_> {
    /// The picture as SVG.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut svg);
        svg
    }

    fn write(&self, svg: &mut String) -> std::fmt::Result {
        writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">"
        )?;
        writeln!(
            svg,
            "<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>"
        )?;
        let middle = LEFT + SIDE / 2.0;
        text(
            svg,
            (middle, 28.0),
            "middle",
            "font-size=\"16\"",
            self.title,
        )?;
        axes(svg)?;
        for ((iou, curve), colour) in self.curves.iter().zip(COLOURS) {
            line(svg, curve, colour)?;
            if let Some(point) = operating_point(curve, self.threshold) {
                let (x, y) = at(point);
                writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\" stroke=\"white\"><title>IoU {iou:.2}: \
                     recall {:.3}, precision {:.3}</title></circle>",
                    point.0, point.1
                )?;
            }
        }
        self.legend(svg)?;
        writeln!(svg, "</svg>")
    }

    /// In a row above the axes: within them there is no corner that every curve leaves free.
    fn legend(&self, svg: &mut String) -> std::fmt::Result {
        let y = TOP - 18.0;
        let mut left = LEFT - 30.0;
        for ((iou, curve), colour) in self.curves.iter().zip(COLOURS) {
            let end = left + 24.0;
            writeln!(
                svg,
                "<path d=\"M{left} {y}H{end}\" stroke=\"{colour}\" stroke-width=\"2\"/>"
            )?;
            let label = format!(
                "IoU {iou:.2}, AP {:.1} %",
                100.0 * curve.average_precision()
            );
            text(svg, (left + 30.0, y + 4.0), "start", LEGEND, &label)?;
            left += 172.0;
        }
        let x = left + 5.0;
        writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"5\" fill=\"#555\"/>")?;
        let label = format!("score ≥ {:.2}", self.threshold);
        text(svg, (left + 16.0, y + 4.0), "start", LEGEND, &label)
    }
}

/// A grid line, a tick and a number at each fifth of both axes.
fn axes(svg: &mut String) -> std::fmt::Result {
    for step in 0..=5 {
        let share = f64::from(step) / 5.0;
        let (x, y) = at((share, share));
        let (bottom, right) = (TOP + SIDE, LEFT + SIDE);
        writeln!(
            svg,
            "<path d=\"M{x} {TOP}V{}M{}  {y}H{right}\" stroke=\"#ddd\"/>",
            bottom + 5.0,
            LEFT - 5.0
        )?;
        let number = format!("{share:.1}");
        text(svg, (x, bottom + 20.0), "middle", "", &number)?;
        text(svg, (LEFT - 10.0, y + 4.0), "end", "", &number)?;
    }
    writeln!(
        svg,
        "<path d=\"M{LEFT} {TOP}V{}H{}\" fill=\"none\" stroke=\"#333\"/>",
        TOP + SIDE,
        LEFT + SIDE
    )?;
    let (middle, centre) = (LEFT + SIDE / 2.0, TOP + SIDE / 2.0);
    text(svg, (middle, TOP + SIDE + 44.0), "middle", "", "recall")?;
    let turned = format!("transform=\"rotate(-90 24 {centre})\"");
    text(svg, (24.0, centre), "middle", &turned, "precision")
}

fn line(svg: &mut String, curve: &Curve, colour: &str) -> std::fmt::Result {
    let points = curve.points.iter().map(|one| (one.recall, one.precision));
    let mut path = String::new();
    let mut last = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (x, y) in points.map(at) {
        if (x - last.0).abs() + (y - last.1).abs() >= NEAR {
            write!(
                path,
                "{} {x:.1} {y:.1}",
                if path.is_empty() { "M" } else { "L" }
            )?;
            last = (x, y);
        }
    }
    if path.is_empty() {
        return Ok(());
    }
    writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>"
    )
}

/// Recall and precision of who takes every box from `threshold` up; `None` when there is no such box.
fn operating_point(curve: &Curve, threshold: f64) -> Option<(f64, f64)> {
    let taken = curve.points.partition_point(|one| one.score >= threshold);
    let last = curve.points[..taken].last()?;
    Some((last.recall, last.precision))
}

/// Where a recall and a precision are in the picture.
fn at((recall, precision): (f64, f64)) -> (f64, f64) {
    (LEFT + SIDE * recall, TOP + SIDE * (1.0 - precision))
}

fn text(
    svg: &mut String,
    (x, y): (f64, f64),
    anchor: &str,
    attributes: &str,
    content: &str,
) -> std::fmt::Result {
    let content = content
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" {attributes}>{content}</text>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::CurvePoint;

    fn curve() -> Curve {
        let point = |(score, recall, precision)| CurvePoint {
            score,
            recall,
            precision,
        };
        let points = [(0.9, 0.25, 1.0), (0.6, 0.5, 1.0), (0.3, 0.75, 0.75)];
        Curve {
            points: points.map(point).to_vec(),
        }
    }

    #[test]
    fn the_operating_point_is_the_last_box_above_the_threshold() {
        assert_eq!(operating_point(&curve(), 0.5), Some((0.5, 1.0)));
        assert_eq!(operating_point(&curve(), 0.3), Some((0.75, 0.75)));
        assert_eq!(operating_point(&curve(), 0.95), None);
    }

    #[test]
    fn the_picture_has_curves_axes_labels_and_the_point() {
        let curves = [(0.5, curve()), (0.75, Curve::default())];
        let plot = Plot {
            title: "a < b",
            curves: &curves,
            threshold: 0.5,
        };
        let svg = plot.svg();
        let expected = [
            "a &lt; b",
            ">recall<",
            ">precision<",
            ">0.2<",
            "IoU 0.50, AP ",
            "IoU 0.75, AP 0.0 %",
            "score ≥ 0.50",
            "M 170.0 80.0L 270.0 80.0L 370.0 180.0",
            "<circle cx=\"270.0\" cy=\"80.0\"",
        ];
        for part in expected {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
        assert!(svg.ends_with("</svg>\n"));
    }
}
