//! Draws detections into a picture: a frame around each person, and the score in digits of its own.

use image::{Rgb, RgbImage};

use crate::types::Detection;

const FRAME: Rgb<u8> = Rgb([0, 255, 0]);
const INK: Rgb<u8> = Rgb([0, 0, 0]);

/// The frames and scores of `people` in `picture`.
pub fn people(picture: &mut RgbImage, people: &[Detection]) {
    let thickness = (picture.width().max(picture.height()) / 400).max(2);
    for person in people.iter().rev() {
        let [x1, y1, x2, y2] = person.bbox.corners();
        let x = |x: f32| (x * picture.width() as f32) as u32;
        let y = |y: f32| (y * picture.height() as f32) as u32;
        let (left, top, right, bottom) = (x(x1), y(y1), x(x2), y(y2));
        outline(picture, [left, top, right, bottom], thickness);
        label(
            picture,
            left,
            top,
            thickness,
            &format!("{:.2}", person.score.get()),
        );
    }
}

fn outline(picture: &mut RgbImage, [left, top, right, bottom]: [u32; 4], thickness: u32) {
    let inner = |edge: u32| edge.saturating_sub(thickness);
    fill(picture, [left, top, right, top + thickness], FRAME);
    fill(picture, [left, inner(bottom), right, bottom], FRAME);
    fill(picture, [left, top, left + thickness, bottom], FRAME);
    fill(picture, [inner(right), top, right, bottom], FRAME);
}

/// Above the frame, or within it at the picture's upper edge.
fn label(picture: &mut RgbImage, left: u32, top: u32, dot: u32, text: &str) {
    let (width, height) = (text.len() as u32 * 6 * dot + dot, 9 * dot);
    let top = if top >= height { top - height } else { top };
    fill(picture, [left, top, left + width, top + height], FRAME);
    for (place, character) in text.chars().enumerate() {
        let left = left + dot + place as u32 * 6 * dot;
        for (row, bits) in glyph(character).into_iter().enumerate() {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                let (x, y) = (left + column * dot, top + (row as u32 + 1) * dot);
                fill(picture, [x, y, x + dot, y + dot], INK);
            }
        }
    }
}

fn fill(picture: &mut RgbImage, [left, top, right, bottom]: [u32; 4], colour: Rgb<u8>) {
    for y in top..bottom.min(picture.height()) {
        for x in left..right.min(picture.width()) {
            picture.put_pixel(x, y, colour);
        }
    }
}

/// Seven rows of five bits, the leftmost the highest; empty for what is in no score.
fn glyph(character: char) -> [u8; 7] {
    match character {
        '0' => [
            0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110,
        ],
        '1' => [
            0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110,
        ],
        '2' => [
            0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111,
        ],
        '3' => [
            0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110,
        ],
        '4' => [
            0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010,
        ],
        '5' => [
            0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110,
        ],
        '6' => [
            0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110,
        ],
        '7' => [
            0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000,
        ],
        '8' => [
            0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110,
        ],
        '9' => [
            0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100,
        ],
        '.' => [0, 0, 0, 0, 0, 0b01100, 0b01100],
        _ => [0; 7],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{BBox, Score};

    #[test]
    fn a_frame_at_the_edge_stays_in_the_picture() {
        let mut picture = RgbImage::new(64, 48);
        let person = Detection {
            bbox: BBox::clipped(0.5, 0.0, 1.0, 1.0).expect("has an area"),
            score: Score::new(0.83).expect("is a score"),
        };
        people(&mut picture, &[person]);
        assert_eq!(picture.get_pixel(33, 40), &FRAME);
        assert_eq!(picture.get_pixel(63, 47), &FRAME);
        assert_eq!(picture.get_pixel(20, 20), &Rgb([0, 0, 0]));
    }
}
