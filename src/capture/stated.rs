//! What a driver states about its samples → their colour, with V4L2's defaults for what it leaves open.

use crate::types::{Colour, Matrix, PixelFormat, Range};

/// What a driver states about its samples, in V4L2's numbers (`linux/videodev2.h`); 0 leaves it to the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// `v4l2_colorspace`.
    pub colorspace: u32,
    /// `v4l2_ycbcr_encoding`.
    pub ycbcr_enc: u32,
    /// `v4l2_quantization`.
    pub quantization: u32,
}

impl Stated {
    /// The colour of a picture in `pixel`.
    pub const fn colour(self, pixel: PixelFormat) -> Colour {
        if matches!(pixel, PixelFormat::Mjpeg) {
            return Colour::JPEG;
        }
        Colour {
            matrix: self.matrix(),
            range: self.range(pixel),
        }
    }

    /// The default is `V4L2_MAP_YCBCR_ENC_DEFAULT`. What is not ours to tell is taken for its nearest: constant luminance
    /// for the other BT.2020, and SMPTE 240M, whose weights are within 0.005 of them, for BT.709.
    const fn matrix(self) -> Matrix {
        match (self.ycbcr_enc, self.colorspace) {
            // V4L2_YCBCR_ENC_709, _XV709, _SMPTE240M.
            (2 | 4 | 8, _) => Matrix::Bt709,
            // _BT2020, _BT2020_CONST_LUM.
            (6 | 7, _) => Matrix::Bt2020,
            // V4L2_COLORSPACE_SMPTE240M, _REC709, _DCI_P3.
            (0, 2 | 3 | 12) => Matrix::Bt709,
            // V4L2_COLORSPACE_BT2020.
            (0, 10) => Matrix::Bt2020,
            _ => Matrix::Bt601,
        }
    }

    /// The default is `V4L2_MAP_QUANTIZATION_DEFAULT`; beyond it, samples that come straight from a sensor take all values.
    const fn range(self, pixel: PixelFormat) -> Range {
        let rgb = matches!(pixel, PixelFormat::Rgb3 | PixelFormat::Bgr3);
        match (self.quantization, self.colorspace) {
            // V4L2_QUANTIZATION_FULL_RANGE, _LIM_RANGE.
            (1, _) => Range::Full,
            (2, _) => Range::Limited,
            // V4L2_COLORSPACE_JPEG, _RAW.
            (_, 7 | 11) => Range::Full,
            _ if rgb => Range::Full,
            _ => Range::Limited,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_driver_leaves_open_follows_from_the_colour_space() {
        let check = |(colorspace, ycbcr_enc, quantization), pixel, matrix, range| {
            let stated = Stated {
                colorspace,
                ycbcr_enc,
                quantization,
            };
            let expected = Colour { matrix, range };
            assert_eq!(stated.colour(pixel), expected, "{stated:?}");
        };
        let yuyv = PixelFormat::Yuyv;
        check((0, 0, 0), yuyv, Matrix::Bt601, Range::Limited);
        check((8, 0, 0), yuyv, Matrix::Bt601, Range::Limited);
        check((3, 0, 0), yuyv, Matrix::Bt709, Range::Limited);
        check((10, 0, 0), yuyv, Matrix::Bt2020, Range::Limited);
        check((7, 0, 0), yuyv, Matrix::Bt601, Range::Full);
        check((8, 0, 0), PixelFormat::Rgb3, Matrix::Bt601, Range::Full);
        check((8, 0, 0), PixelFormat::Grey, Matrix::Bt601, Range::Limited);
        check((11, 0, 0), PixelFormat::Grey, Matrix::Bt601, Range::Full);
        check((99, 99, 99), yuyv, Matrix::Bt601, Range::Limited);
    }

    #[test]
    fn what_a_driver_states_goes_before_the_default() {
        let stated = Stated {
            colorspace: 3,
            ycbcr_enc: 1,
            quantization: 1,
        };
        let expected = Colour {
            matrix: Matrix::Bt601,
            range: Range::Full,
        };
        assert_eq!(stated.colour(PixelFormat::Nv12), expected);
        assert_eq!(stated.colour(PixelFormat::Mjpeg), Colour::JPEG);
    }
}
