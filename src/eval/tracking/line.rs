//! One line of a file in MOTChallenge's format (arXiv:1603.00831, section 3.3).

/// What a line looks like, for whoever wrote another one.
const FORM: &str = "frame,id,left,top,width,height[,confidence[,class[,visibility]]]";

/// A box with a name, in pixels of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MotBox {
    /// Counted from 1.
    pub frame: u32,
    /// Who it is, the same in all frames; -1 in a detector's file.
    pub id: i64,
    /// Left, top, width and height in pixels; it may reach beyond the frame.
    pub bbox: [f64; 4],
    /// A detector's score; in the truth 0 for who must not be counted.
    pub confidence: f64,
    /// 1 for a pedestrian; other numbers in the truth only.
    pub class: i64,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LineError {
    /// Fields are missing.
    #[error("{found} fields; needed is {FORM}")]
    Short {
        /// How many there are.
        found: usize,
    },
    /// A field is not what it should be.
    #[error("{field} is {found:?}; {needed} is needed ({FORM})")]
    Field {
        /// Which field.
        field: &'static str,
        /// What it holds.
        found: String,
        /// What it may hold.
        needed: &'static str,
    },
    /// The same person twice in one frame.
    #[error("id {id} is in frame {frame} twice; each frame has every id once")]
    Twice {
        /// Whose.
        id: i64,
        /// Where.
        frame: u32,
    },
}

const WHOLE: &str = "a whole number";

impl MotBox {
    /// What `line` says.
    pub fn parse(line: &str) -> Result<Self, LineError> {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        if fields.len() < 6 {
            return Err(LineError::Short {
                found: fields.len(),
            });
        }
        let side = |at: usize, field| number(fields[at], field, "a number of pixels", |_| true);
        let length =
            |at: usize, field| number(fields[at], field, "a number of pixels from 0", |v| v >= 0.0);
        let optional = |at: usize, field, needed, default| match fields.get(at) {
            Some(text) => number(text, field, needed, |v| needed != WHOLE || whole(v)),
            None => Ok(default),
        };
        let class = optional(7, "class", WHOLE, 1.0)? as i64;
        Ok(Self {
            frame: number(fields[0], "frame", "a whole number from 1", |v| {
                whole(v) && (1.0..=f64::from(u32::MAX)).contains(&v)
            })? as u32,
            id: number(fields[1], "id", WHOLE, whole)? as i64,
            bbox: [
                side(2, "left")?,
                side(3, "top")?,
                length(4, "width")?,
                length(5, "height")?,
            ],
            confidence: optional(6, "confidence", "a number", 1.0)?,
            // The first MOTChallenge knew no classes and wrote -1.
            class: if class == -1 { 1 } else { class },
        })
    }
}

/// Beyond 2⁵³ not every whole number can be told from the next.
fn whole(value: f64) -> bool {
    value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0
}

fn number(
    text: &str,
    field: &'static str,
    needed: &'static str,
    fits: impl Fn(f64) -> bool,
) -> Result<f64, LineError> {
    let value: Option<f64> = text.parse().ok();
    let fitting = value.filter(|v| v.is_finite() && fits(*v));
    fitting.ok_or_else(|| LineError::Field {
        field,
        found: text.to_owned(),
        needed,
    })
}

/// As it is written in a tracker's answer.
impl std::fmt::Display for MotBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [left, top, width, height] = self.bbox;
        let Self {
            frame,
            id,
            confidence,
            ..
        } = self;
        write!(
            f,
            "{frame},{id},{left:.2},{top:.2},{width:.2},{height:.2},{confidence:.3},-1,-1,-1"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_years_are_read() {
        let box_of = |class, confidence| MotBox {
            frame: 3,
            id: 7,
            bbox: [-1.5, 2.0, 30.0, 40.0],
            confidence,
            class,
        };
        let table = [
            ("3,7,-1.5,2,30,40", box_of(1, 1.0)),
            ("3, 7, -1.5, 2, 30, 40, 0", box_of(1, 0.0)),
            ("3,7.0,-1.5,2,30,40,0.5,-1,-1,-1", box_of(1, 0.5)),
            ("3,7,-1.5,2,30,40,1,8,0.25", box_of(8, 1.0)),
        ];
        for (line, expected) in table {
            assert_eq!(MotBox::parse(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn a_wrong_line_says_which_field_and_what_is_needed() {
        let table = [
            ("", "1 fields; needed is frame,id,left"),
            ("1,2,3,4,5", "5 fields; needed is frame,id,left"),
            ("0,1,2,3,4,5", "frame is \"0\"; a whole number from 1"),
            ("1.5,1,2,3,4,5", "frame is \"1.5\"; a whole number from 1"),
            ("1,one,2,3,4,5", "id is \"one\"; a whole number"),
            ("1,1,2,nan,4,5", "top is \"nan\"; a number of pixels"),
            ("1,1,2,3,-4,5", "width is \"-4\"; a number of pixels from 0"),
            ("1,1,2,3,4,inf", "height is \"inf\"; a number of pixels"),
            ("1,1,2,3,4,5,x", "confidence is \"x\"; a number"),
            ("1,1,2,3,4,5,1,1.5", "class is \"1.5\"; a whole number"),
        ];
        for (line, expected) in table {
            let error = MotBox::parse(line).expect_err(line).to_string();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
    }
}
