//! The table.

use comfy_table::{CellAlignment, Table, presets};

use super::cases::Case;
use super::measure::Measured;

const HEADER: [&str; 9] = ["what", "items", "MB/s", "items/s", "wall s", "CPU s", "peak RSS MB", "x floor", "note"];

/// The table of what was measured. Floors bring no ratio; others stand beside theirs where it was run.
pub fn of(done: &[(&Case, Measured)]) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(HEADER);
    for (case, m) in done {
        let cost = m.cost(case.by).as_secs_f64().max(1e-9);
        let floor = done.iter().find(|(other, _)| Some(other.name) == case.floor);
        let ratio = floor.map(|(other, f)| per_item(m, case) / per_item(f, other));
        table.add_row([
            case.name.to_string(),
            format!("{} {}", m.items, case.unit),
            if m.bytes == 0 { String::new() } else { format!("{:.1}", m.bytes as f64 / 1e6 / cost) },
            format!("{:.0}", m.items as f64 / cost),
            format!("{:.2}", m.wall.as_secs_f64()),
            format!("{:.2}", m.cpu.as_secs_f64()),
            if m.peak == 0 { String::new() } else { format!("{:.1}", m.peak as f64 / 1024.0) },
            ratio.map_or_else(String::new, |r| format!("{r:.2}")),
            m.note.clone(),
        ]);
    }
    for column in 2..8 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn per_item(m: &Measured, case: &Case) -> f64 {
    m.cost(case.by).as_secs_f64().max(1e-9) / (m.items.max(1) as f64)
}
