//! A JPEG frame through decoder, mask and converter. Whatever the bytes are, they give a whole tensor of finite numbers
//! or an error; never a panic, and never memory that is not theirs.

use watchpost::convert::mask::Mask;
use watchpost::convert::{Align, Converter, Decoder, Fit, InputSpec, TensorMut};
use watchpost::types::{Frame, Monotonic, Size};

/// The first byte chooses the model's input, the rest is the frame.
pub fn check(data: &[u8]) {
    let Some((&choice, jpeg)) = data.split_first() else {
        return;
    };
    let spec = spec(choice);
    let mut decoder = Decoder::new(spec);
    let mut converter = Converter::new(spec);
    let mut tensor = vec![f32::NAN; spec.size.area() * 3];
    // Twice, because decoder and converter keep their buffers from frame to frame.
    for seq in 0..2 {
        let mut frame = Frame::mjpeg(jpeg.to_vec(), spec.size, seq, Monotonic::default());
        let Ok(mut picture) = decoder.open(&mut frame) else {
            return;
        };
        assert!(picture.size().area() > 0, "an empty picture was decoded");
        let luma = picture.luma();
        let mut sums = vec![0; luma.size().width as usize];
        for row in 0..luma.size().height {
            luma.add_row(row, &mut sums);
            sums.fill(0);
        }
        Mask::new(&[]).apply(&mut picture);
        converter
            .write(&picture, TensorMut::Float(&mut tensor))
            .expect("what was decoded can be converted");
        assert!(
            tensor.iter().all(|value| value.is_finite()),
            "a hole in the tensor"
        );
    }
}

fn spec(choice: u8) -> InputSpec {
    let size = [
        Size::new(64, 64),
        Size::new(224, 128),
        Size::new(17, 33),
        Size::new(8, 128),
    ][usize::from(choice % 4)];
    let fit = match choice / 4 % 3 {
        0 => Fit::Letterbox(Align::Center, 114),
        1 => Fit::Letterbox(Align::TopLeft, 0),
        _ => Fit::Stretch,
    };
    InputSpec {
        size,
        multiple_of: None,
        bgr: choice & 0x80 != 0,
        mean: [0.0; 3],
        std: [1.0; 3],
        fit,
    }
}
