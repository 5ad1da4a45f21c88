//! What the parameters say about how screens look: small enough to stand in every page that the server writes, so that a
//! browser draws the same at once.

/// How screens look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Display {
    /// Records per page unless a person chooses.
    pub page_size: u32,
    /// The sizes to choose from; the last one is the largest that is served.
    pub page_sizes: Vec<u32>,
    /// The search fields are closed until somebody opens them.
    pub hide_filters: bool,
    /// Date filters ask for hour and minute.
    pub time_in_filters: bool,
    /// Minutes, as a new account starts with.
    pub check_interval: String,
    /// How dates are written, as [`crate::Timestamp::text`] reads it.
    pub date_format: String,
}

impl Default for Display {
    fn default() -> Self {
        Self::read("30 10,30,50,100 y n 5 Y-m-d H:M")
    }
}

impl Display {
    /// The sizes to choose from where `usual` is the one without a choice and `most` the largest.
    pub fn sizes(usual: u32, most: u32) -> Vec<u32> {
        let mut sizes: Vec<u32> =
            crate::report::PAGE_SIZES.into_iter().filter(|size| *size < most).chain([usual, most]).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// One line that [`Display::read`] understands.
    pub fn line(&self) -> String {
        let sizes: Vec<_> = self.page_sizes.iter().map(u32::to_string).collect();
        let answer = |yes| if yes { "y" } else { "n" };
        let (hide, time) = (answer(self.hide_filters), answer(self.time_in_filters));
        let Self { page_size, check_interval, date_format, .. } = self;
        format!("{page_size} {} {hide} {time} {check_interval} {date_format}", sizes.join(","))
    }

    /// What the line says.
    pub fn read(line: &str) -> Self {
        let mut words = line.splitn(6, ' ');
        let mut next = || words.next().unwrap_or_default();
        let number = |text: &str| text.parse().unwrap_or(30);
        Self {
            page_size: number(next()),
            page_sizes: next().split(',').map(number).collect(),
            hide_filters: next() != "n",
            time_in_filters: next() == "y",
            check_interval: next().to_owned(),
            date_format: next().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Display;

    #[test]
    fn a_line_says_it_all() {
        assert_eq!(Display::default().page_sizes, [10, 30, 50, 100]);
        let display = Display {
            page_size: 7,
            page_sizes: Display::sizes(7, 60),
            hide_filters: false,
            time_in_filters: true,
            check_interval: "2.5".to_owned(),
            date_format: "m/d/Y h:M p".to_owned(),
        };
        assert_eq!(display.page_sizes, [7, 10, 30, 50, 60]);
        assert_eq!(Display::read(&display.line()), display);
    }
}
