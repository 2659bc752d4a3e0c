//! The names of the operating system's users.

/// The name of a user by its number; `uid-1000` where the system's own list has none.
pub fn user_name(number: u32) -> String {
    let (users, wanted) = (std::fs::read_to_string("/etc/passwd").unwrap_or_default(), number.to_string());
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == wanted).then(|| name.to_string())
    });
    named.unwrap_or_else(|| format!("uid-{number}"))
}
