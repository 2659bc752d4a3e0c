//! Whether alarms reach somebody.

use super::Notes;
use crate::alarm;
use crate::cli::desk::Desk;
use crate::config::{Config, Environment};
use crate::text;
use crate::words::Text;

const AREA: &str = "alarms";

/// In production somebody is told at once.
pub(super) fn check(config: &Config, notes: &mut Notes) {
    let routes = &config.alarms.route;
    if config.environment != Environment::Production || routes.iter().any(|route| route.after_hours == 0) {
        return;
    }
    let what = match routes.is_empty() {
        true => text!(
            "nobody is told of alarms: an UNKNOWN, a missing answer or a full disk is seen only by who looks",
            "告警无人接收：状态未知、缺少应答、磁盘已满等只有主动查看才会发现"
        ),
        false => text!(
            "nobody is told of an alarm at once: every route waits for hours (`after_hours`)",
            "告警不会立即通知任何人：所有通道均有等待时间（`after_hours`）"
        ),
    };
    notes.warning(AREA, what, add());
}

/// Sends a test alarm by every route.
pub(super) fn try_all(desk: &Desk<'_>, notes: &mut Notes) {
    let results = alarm::try_all(&desk.config, &alarm::test_alarm(desk.now()));
    if results.is_empty() {
        let what = text!("no alarm route is configured: nobody is told", "未配置告警通道：无人会收到通知");
        notes.warning(AREA, what, add());
    }
    for (name, result) in results {
        match result {
            Ok(()) => notes.fine(AREA, text!("`{name}` took a test alarm", "`{name}` 已接收测试告警")),
            Err(error) => notes.error(
                AREA,
                text!("`{name}` did not take a test alarm: {error}", "`{name}` 未接收测试告警：{error}"),
                text!("put the route right in `bankferry.toml`", "请在 `bankferry.toml` 中修正该通道"),
            ),
        }
    }
}

fn add() -> Text {
    text!(
        "add `[[alarms.route]]` without `after_hours` to `bankferry.toml`, then `bankferry check --alarm-test`",
        "在 `bankferry.toml` 中添加不带 `after_hours` 的 `[[alarms.route]]`，再运行 `bankferry check --alarm-test`"
    )
}
