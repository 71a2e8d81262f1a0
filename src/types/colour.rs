//! What the samples of a picture mean, as far as a driver says it.

/// How a picture's luminance and chroma are made of red, green and blue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Colour {
    /// The weights of red, green and blue in the luminance.
    pub matrix: Matrix,
    /// Which values a sample takes.
    pub range: Range,
}

/// The weights of red, green and blue in the luminance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Matrix {
    /// ITU-R BT.601: Kr = 0.299, Kb = 0.114. Webcams and JPEG.
    #[default]
    Bt601,
    /// ITU-R BT.709: Kr = 0.2126, Kb = 0.0722. High definition.
    Bt709,
    /// ITU-R BT.2020 with non-constant luminance: Kr = 0.2627, Kb = 0.0593.
    Bt2020,
}

/// Which values a sample takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Range {
    /// Y in 16–235, U and V in 16–240: what cameras deliver in raw formats.
    #[default]
    Limited,
    /// 0–255: JPEG.
    Full,
}

impl Colour {
    /// JPEG's own: BT.601 in full range (JFIF 1.02).
    pub const JPEG: Self = Self {
        matrix: Matrix::Bt601,
        range: Range::Full,
    };
}
