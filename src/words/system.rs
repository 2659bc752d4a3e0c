//! What the operating system answers, in both languages: it speaks English alone, and its own words stay in brackets.

use std::io::{Error, ErrorKind};

use super::Text;

/// The system's answer; what it says that has no words here stands as it is.
pub fn answer(error: &Error) -> Text {
    let raw = error.to_string();
    match words_of(error.kind()) {
        Some(zh) => Text { zh: format!("{zh}（{raw}）"), en: raw },
        None => Text::same(raw),
    }
}

impl Text {
    /// The sentence with the system's answer behind it.
    pub fn because(&self, error: &Error) -> Text {
        let Text { en, zh } = answer(error);
        Text { en: format!("{}: {en}", self.en), zh: format!("{}：{zh}", self.zh) }
    }
}

/// The kinds of answers that people meet.
fn words_of(kind: ErrorKind) -> Option<&'static str> {
    use ErrorKind::*;
    Some(match kind {
        NotFound => "文件或目录不存在",
        PermissionDenied => "没有权限",
        AlreadyExists => "已存在同名文件",
        IsADirectory => "是目录，不是文件",
        NotADirectory => "不是目录",
        DirectoryNotEmpty => "目录非空",
        StorageFull => "磁盘空间已满",
        QuotaExceeded => "超出磁盘配额",
        FileTooLarge => "文件过大",
        ReadOnlyFilesystem => "文件系统为只读",
        CrossesDevices => "不在同一文件系统上",
        InvalidFilename => "文件名无效",
        ResourceBusy => "正被占用",
        ExecutableFileBusy => "程序文件正在运行",
        ConnectionRefused => "连接被拒绝",
        ConnectionReset => "连接被对方重置",
        ConnectionAborted => "连接中断",
        NotConnected => "尚未连接",
        HostUnreachable => "无法到达主机",
        NetworkUnreachable => "无法到达网络",
        NetworkDown => "网络已断开",
        AddrInUse => "地址已被占用",
        AddrNotAvailable => "地址不可用",
        TimedOut => "超时",
        WouldBlock => "暂时不可用",
        Interrupted => "被中断",
        BrokenPipe => "管道已关闭",
        UnexpectedEof => "内容提前结束",
        InvalidData => "内容无效",
        InvalidInput => "参数无效",
        OutOfMemory => "内存不足",
        Unsupported => "系统不支持此操作",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn the_systems_words_stay_beside_ours() {
        let full = Error::from_raw_os_error(28);
        let said = text!("`a` cannot be written", "无法写入 `a`").because(&full);
        assert_eq!(said.en, "`a` cannot be written: No space left on device (os error 28)");
        assert_eq!(said.zh, "无法写入 `a`：磁盘空间已满（No space left on device (os error 28)）");
        let other = Error::other("a library's own words");
        assert_eq!(answer(&other), Text::same("a library's own words"));
    }
}
