//! Folders whose names are days: some banks have one for each.

use crate::document::Date;

/// What stands for the day in a folder's name.
const DAY: &str = "{date}";

/// Whether a folder is another one every day.
pub fn is_dated(folder: &str) -> bool {
    folder.contains(DAY)
}

/// The folder on a day.
pub fn on_day(folder: &str, day: Date) -> String {
    if is_dated(folder) { folder.replace(DAY, &day.strftime("%Y%m%d").to_string()) } else { folder.to_string() }
}

/// These folders on a day and on as many days before it, the latest first; a folder that is the same every day once.
pub fn of_days(folders: &[String], day: Date, before: u32) -> Vec<String> {
    let days: Vec<Date> =
        std::iter::successors(Some(day), |day| day.yesterday().ok()).take(before as usize + 1).collect();
    let of = |folder: &String| {
        let days = if is_dated(folder) { &days[..] } else { &days[..1] };
        days.iter().map(|day| on_day(folder, *day)).collect::<Vec<_>>()
    };
    folders.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dated_folder_is_one_for_each_day() {
        let day = jiff::civil::date(2026, 3, 1);
        let folders = ["done".to_string(), "in/{date}".to_string()];
        assert_eq!(of_days(&folders, day, 1), ["done", "in/20260301", "in/20260228"]);
        assert_eq!(of_days(&folders, day, 0), ["done", "in/20260301"]);
        assert_eq!(on_day("out", day), "out");
    }
}
