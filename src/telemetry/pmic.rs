//! The power chip of a Raspberry Pi 5, through `vcgencmd pmic_read_adc`.
//!
//! It tells volts and amperes of a dozen rails behind it, and of the 5 V input the volts alone: what the chip itself, the USB
//! ports and a hat draw is not in the sum. Earlier boards have no such chip. The tool opens /dev/vcio, which group `video`
//! may.

use std::collections::BTreeMap;

use super::energy::Reading;
use super::{Board, NotMeasurable};

const COMMAND: &str = "pmic_read_adc";

/// The rails of one board.
pub struct Pmic {
    board: Board,
    rails: Vec<String>,
}

impl Pmic {
    /// Asks once, and remembers which rails there are.
    pub fn find(board: &Board) -> Result<Self, NotMeasurable> {
        let rails = ask(board)?.into_keys().collect();
        let board = board.clone();
        Ok(Self { board, rails })
    }

    /// The power of all rails.
    pub fn read(&mut self) -> Result<Reading, NotMeasurable> {
        Ok(Reading::Watts(ask(&self.board)?.values().sum()))
    }

    /// What is counted.
    pub fn rails(&self) -> Vec<String> {
        self.rails.clone()
    }
}

fn ask(board: &Board) -> Result<BTreeMap<String, f64>, NotMeasurable> {
    let answer = board.firmware(COMMAND)?;
    let rails = watts(&answer);
    if rails.is_empty() {
        return Err(NotMeasurable::Answer {
            command: format!("vcgencmd {COMMAND}"),
            answer: answer.trim().chars().take(80).collect(),
        });
    }
    Ok(rails)
}

/// Watts of each rail of which both volts and amperes are told. A line is a name that ends in `_A` or `_V`, and the value
/// with its unit behind a `=`; the numbers in brackets are the chip's channels and pair nothing.
fn watts(answer: &str) -> BTreeMap<String, f64> {
    let volts: BTreeMap<_, _> = values(answer, "_V", 'V').collect();
    let rail = |(name, amperes)| Some((str::to_owned(name), volts.get(name)? * amperes));
    values(answer, "_A", 'A').filter_map(rail).collect()
}

fn values<'a>(
    answer: &'a str,
    suffix: &'a str,
    unit: char,
) -> impl Iterator<Item = (&'a str, f64)> {
    answer.lines().filter_map(move |line| {
        let (name, rest) = line.trim().split_once(char::is_whitespace)?;
        let (_, value) = rest.split_once('=')?;
        let value: f64 = value.trim_end().strip_suffix(unit)?.parse().ok()?;
        let name = name.strip_suffix(suffix)?;
        value.is_finite().then_some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{CommandError, made_up};

    /// In the form of a Raspberry Pi 5's answer; the values are made up.
    const ANSWER: &str = " 3V7_WL_SW_A current(0)=0.09000000A
   3V3_SYS_A current(1)=0.12000000A
   1V8_SYS_A current(2)=0.20000000A
  DDR_VDD2_A current(3)=0.02000000A
  DDR_VDDQ_A current(4)=0.00000000A
   1V1_SYS_A current(5)=0.18000000A
    0V8_SW_A current(6)=0.30000000A
  VDD_CORE_A current(7)=2.50000000A
   3V3_DAC_A current(17)=0.00010000A
   3V3_ADC_A current(18)=0.00040000A
   0V8_AON_A current(16)=0.00300000A
      HDMI_A current(22)=0.02000000A
 3V7_WL_SW_V volt(8)=3.70000000V
   3V3_SYS_V volt(9)=3.31000000V
   1V8_SYS_V volt(10)=1.80000000V
  DDR_VDD2_V volt(11)=1.10000000V
  DDR_VDDQ_V volt(12)=0.60000000V
   1V1_SYS_V volt(13)=1.11000000V
    0V8_SW_V volt(14)=0.80000000V
  VDD_CORE_V volt(15)=0.90000000V
   3V3_DAC_V volt(20)=3.31000000V
   3V3_ADC_V volt(21)=3.30000000V
   0V8_AON_V volt(19)=0.80000000V
      HDMI_V volt(23)=5.10000000V
     EXT5V_V volt(24)=5.09000000V
      BATT_V volt(25)=0.00000000V
";

    #[test]
    fn each_rail_is_volts_times_amperes() {
        let rails = watts(ANSWER);
        assert_eq!(rails.len(), 12, "the input and the battery have no amperes");
        assert!((rails["VDD_CORE"] - 2.25).abs() < 1e-9);
        let total: f64 = rails.values().sum();
        assert!((total - 3.908_051).abs() < 1e-6, "{total}");
    }

    #[test]
    fn lines_that_are_no_readings_are_left_out() {
        let odd = "VDD_CORE_A current(7)=1.5A\nVDD_CORE_V volt(15)=nanV\nHDMI_A current(22)=2.0V\n\n=\nx_A\n";
        assert!(watts(odd).is_empty());
    }

    #[test]
    fn a_board_without_the_chip_says_so() {
        let (_root, board) = made_up::machine(&[]);
        let reason = Pmic::find(&board).err().expect("there is no tool");
        assert_eq!(reason.to_string(), "no vcgencmd");

        let earlier = "error=1 error_msg=\"Command not registered\"\n";
        let (_root, board) = made_up::with_firmware(&[], move |_| Ok(earlier.to_owned()));
        let reason = Pmic::find(&board).err().expect("there is no chip");
        assert!(
            reason.to_string().contains("Command not registered"),
            "{reason}"
        );

        let (_root, board) = made_up::with_firmware(&[], |what| match what {
            COMMAND => Ok(ANSWER.to_owned()),
            _ => Err(CommandError::Absent {
                program: what.to_owned(),
            }),
        });
        let mut chip = Pmic::find(&board).expect("it answers");
        assert_eq!(chip.rails().len(), 12);
        assert!(matches!(chip.read(), Ok(Reading::Watts(watts)) if watts > 3.9));
    }
}
