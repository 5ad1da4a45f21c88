//! A number and its limit. Deliberately absent: how the number came to be.

use std::fmt::Write;

/// One measure.
pub struct Line {
    measure: &'static str,
    value: f64,
    limit: f64,
    unit: &'static str,
    /// The value has to reach the limit instead of staying below it.
    reach: bool,
}

impl Line {
    /// Holds where `value` is not above `limit`.
    pub fn at_most(measure: &'static str, value: f64, limit: f64, unit: &'static str) -> Self {
        Self { measure, value, limit, unit, reach: false }
    }

    /// Holds where `value` is not below `limit`.
    pub fn at_least(measure: &'static str, value: f64, limit: f64, unit: &'static str) -> Self {
        Self { measure, value, limit, unit, reach: true }
    }

    /// Whether it is as it should be. What is not a number never is.
    pub fn holds(&self) -> bool {
        if self.reach { self.value >= self.limit } else { self.value <= self.limit }
    }
}

/// The measures as a table in Markdown.
pub fn table(lines: &[Line]) -> String {
    let mut table = String::from("| measure | measured | limit | |\n|---|---:|---:|---|\n");
    for line in lines {
        let Line { measure, value, limit, unit, reach } = line;
        let (sign, verdict) =
            (if *reach { '≥' } else { '≤' }, if line.holds() { "holds" } else { "**broken**" });
        let digits = if *limit < 10.0 { 2 } else { 0 };
        let _ =
            writeln!(table, "| {measure} | {value:.digits$} {unit} | {sign} {limit} {unit} | {verdict} |");
    }
    table
}

/// The middle one, or the mean of the middle two; not a number where there are none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
    let lower = sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN);
    f64::midpoint(lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn limits_hold_on_their_side() {
        assert!(Line::at_most("a", 1.5, 1.5, "×").holds());
        assert!(!Line::at_most("a", 1.51, 1.5, "×").holds());
        assert!(!Line::at_most("a", f64::NAN, 1.5, "×").holds());
        assert!(Line::at_least("a", 3000.0, 3000.0, "").holds());
        assert!(!Line::at_least("a", 2999.0, 3000.0, "").holds());
        assert!(
            table(&[Line::at_most("a", 2.0, 1.5, "×")]).contains("| a | 2.00 × | ≤ 1.5 × | **broken** |")
        );
    }
}
