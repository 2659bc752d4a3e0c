//! Who is told when something has to be known, and by which way.

use serde::Deserialize;

use crate::text;
use crate::words::Text;

/// The name under which the journal states that a control report lies in the auditors' folder.
pub const AUDITORS: &str = "auditors";

/// What counts as late, and the ways by which alarms are told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alarms {
    /// Hours after which a batch that waits for a second person is an alarm.
    pub held_hours: u32,
    /// What counts as too little room on a disk.
    pub disk: DiskRoom,
    /// The ways.
    pub route: Vec<AlarmRoute>,
}

impl Default for Alarms {
    fn default() -> Alarms {
        Alarms { held_hours: 24, disk: DiskRoom::default(), route: Vec::new() }
    }
}

/// What counts as too little room on a disk; 0 tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiskRoom {
    /// Nearly full: less than this per cent of the file system is free.
    pub low_percent: u8,
    /// Nearly full: fewer MiB than these are free.
    pub low_mib: u64,
    /// Full: fewer MiB than these are free.
    pub full_mib: u64,
}

impl Default for DiskRoom {
    fn default() -> DiskRoom {
        DiskRoom { low_percent: 5, low_mib: 1_024, full_mib: 64 }
    }
}

/// One way by which alarms are told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmRoute {
    /// Its name.
    pub name: String,
    /// Hours that an alarm must be old: 0 is told at once, more is an escalation.
    #[serde(default)]
    pub after_hours: u32,
    /// Whether it is told the daily control reports too [default: where `after_hours` is 0].
    #[serde(default)]
    pub reports: Option<bool>,
    /// An address that takes a POST of JSON.
    #[serde(default)]
    pub webhook: Option<String>,
    /// A program with its arguments, started without a shell; it is given the JSON on its standard input.
    #[serde(default)]
    pub command: Vec<String>,
    /// An e-mail through the system's own `sendmail`.
    #[serde(default)]
    pub mail: Option<Mail>,
}

/// An e-mail through a `sendmail` command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Sender.
    pub from: String,
    /// Recipients.
    pub to: Vec<String>,
    /// The command; it is given the message on its standard input.
    #[serde(default = "sendmail")]
    pub sendmail: Vec<String>,
}

fn sendmail() -> Vec<String> {
    ["/usr/sbin/sendmail", "-t", "-i"].map(str::to_string).to_vec()
}

/// The way of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// POST of JSON to an address.
    Webhook(&'a str),
    /// A program.
    Command(&'a [String]),
    /// E-mail.
    Mail(&'a Mail),
}

impl AlarmRoute {
    /// Whether it is told the daily control reports.
    pub fn takes_reports(&self) -> bool {
        self.reports.unwrap_or(self.after_hours == 0)
    }

    /// Its one way; `None` where it has none or several.
    pub fn way(&self) -> Option<Way<'_>> {
        match (&self.webhook, self.command.is_empty(), &self.mail) {
            (Some(address), true, None) => Some(Way::Webhook(address)),
            (None, false, None) => Some(Way::Command(&self.command)),
            (None, true, Some(mail)) if !mail.sendmail.is_empty() => Some(Way::Mail(mail)),
            _ => None,
        }
    }
}

impl Alarms {
    /// What is wrong with it.
    pub(super) fn mistake(&self) -> Option<Text> {
        for (at, route) in self.route.iter().enumerate() {
            let name = &route.name;
            if route.way().is_none() {
                return Some(text!(
                    "alarm route `{name}`: say one of `webhook`, `command`, `mail`",
                    "告警通道 `{name}`：须写明 `webhook`、`command`、`mail` 之一"
                ));
            }
            if self.route[..at].iter().any(|other| other.name == *name) {
                return Some(text!("there are two alarm routes `{name}`", "有两个告警通道 `{name}`"));
            }
            if *name == AUDITORS {
                return Some(text!(
                    "alarm route `{AUDITORS}`: that is what the folder of control reports is called",
                    "告警通道 `{AUDITORS}`：该名称已用于控制报告目录"
                ));
            }
            let breaks = |text: &String| text.chars().any(char::is_control);
            if route.mail.as_ref().is_some_and(|mail| breaks(&mail.from) || mail.to.iter().any(breaks)) {
                return Some(text!(
                    "alarm route `{name}`: an address holds a control character",
                    "告警通道 `{name}`：地址含有控制字符"
                ));
            }
        }
        None
    }
}
