//! Reads what `cargo test` says at the end of each test binary.

use std::fmt;
use std::ops::AddAssign;

/// Tests counted over any number of test binaries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TestResults {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
}

impl TestResults {
    /// Reads one line of output such as
    /// `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`;
    /// any other line is `None`.
    pub(crate) fn in_line(line: &str) -> Option<Self> {
        let counts = line.trim_start().strip_prefix("test result: ")?;
        let count = |what: &str| {
            counts
                .split([';', '.'])
                .find_map(|part| part.trim().strip_suffix(what))
                .and_then(|number| number.trim().parse().ok())
        };
        Some(Self { passed: count(" passed")?, failed: count(" failed")? })
    }
}

impl AddAssign for TestResults {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for TestResults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_summed_and_other_lines_are_not() {
        let output = "\
running 14 tests
test a_line_about::test_result ... ok
test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 1.25s
   Doc-tests segue_model
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
12 passed; 2 failed
test result: nonsense
";
        let mut sum = TestResults::default();
        output.lines().filter_map(TestResults::in_line).for_each(|results| sum += results);
        assert_eq!(sum, TestResults { passed: 15, failed: 2 });
        assert_eq!(sum.to_string(), "15 passed, 2 failed");
    }
}
