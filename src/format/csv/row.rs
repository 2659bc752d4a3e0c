//! One row of the payments file: its values, and everything that is wrong with them.

use ::csv::ByteRecord;

use super::columns::{COLUMNS, Column, names_of};
use crate::document::{
    Account, Address, Amount, AmountError, Counterparty, Currency, Date, Group, GroupAccount, Indicator, Party,
    Payment, parse_amount, parse_date,
};
use crate::finding::{Finding, Place};
use crate::format::spreadsheet;
use crate::text;
use crate::words::Text;

/// Where each column is in this file.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Number of columns.
    pub width: usize,
    /// Place of each known column, from 0.
    pub known: [Option<usize>; COLUMNS],
    /// Other columns, by place and the name under which they are kept.
    pub other: Vec<(usize, String)>,
}

impl Layout {
    fn at(&self, column: Column) -> Option<usize> {
        self.known[column as usize]
    }
}

/// The values of one row.
pub(super) struct Row<'a> {
    pub layout: &'a Layout,
    pub record: &'a ByteRecord,
    pub text: &'a str,
    pub line: u64,
    pub findings: Vec<Finding>,
}

impl<'a> Row<'a> {
    /// The trimmed value of a column; `None` when it is empty or the file has no such column.
    pub fn get(&self, column: Column) -> Option<&'a str> {
        self.field(self.layout.at(column)?)
    }

    fn field(&self, at: usize) -> Option<&'a str> {
        let value = self.text.get(self.record.range(at)?)?.trim();
        (!value.is_empty()).then_some(value)
    }

    fn owned(&self, column: Column) -> Option<String> {
        self.get(column).map(str::to_string)
    }

    /// The value of a column that every row must fill.
    fn required(&mut self, column: Column) -> Option<&'a str> {
        let value = self.get(column);
        if value.is_none() && self.layout.at(column).is_some() {
            let name = names_of(column).name;
            self.wrong("field-missing", column, text!("`{name}` is empty", "`{name}` 为空"), None);
        }
        value
    }

    fn place(&self, column: Column) -> Place {
        let column_number = self.layout.at(column).map(|at| at as u64 + 1);
        Place { line: Some(self.line), column: column_number, ..Place::default() }.field(names_of(column).name)
    }

    fn wrong(&mut self, rule: &'static str, column: Column, message: Text, hint: Option<Text>) {
        let finding = Finding::error(rule, self.place(column), message);
        self.findings.push(Finding { hint, ..finding });
    }

    /// Execution date.
    fn date(&mut self) -> Option<Date> {
        let value = self.required(Column::ExecutionDate)?;
        let date = parse_date(value);
        if date.is_none() {
            let value = shown(value);
            let message = text!("`{value}` is not a date", "`{value}` 不是有效日期");
            let hint = text!("write `2026-12-31` or `20261231`", "请写成 `2026-12-31` 或 `20261231`");
            self.wrong("date", Column::ExecutionDate, message, Some(hint));
        }
        date
    }

    fn currency(&mut self) -> Option<Currency> {
        let value = self.required(Column::Currency)?;
        let currency = currency_of(value);
        if currency.is_none() {
            let value = shown(value);
            let message = text!("`{value}` is not a currency", "`{value}` 不是币种");
            let hint = text!("write its ISO code in capitals, such as `EUR`", "请写 ISO 大写代码，如 `CNY`");
            self.wrong("currency", Column::Currency, message, Some(hint));
        }
        currency
    }

    fn amount(&mut self) -> Option<Amount> {
        let value = self.required(Column::Amount)?;
        match parse_amount(value) {
            Ok(amount) => Some(amount),
            Err(error) => {
                let (message, hint) = amount_trouble(value, error);
                self.wrong("amount", Column::Amount, message, Some(hint));
                None
            }
        }
    }

    fn account(&mut self, column: Column) -> Option<Account> {
        let value = self.required(column)?;
        if !self.is_undamaged(column, value) {
            return None;
        }
        if let Some((message, hint)) = spreadsheet::may_be_rounded(value) {
            self.findings.push(Finding::warning("digits-lost", self.place(column), message).hint(hint));
        }
        Account::parse(value)
    }

    /// Whether a number is as it was before a spreadsheet saw it; tells where it is not.
    fn is_undamaged(&mut self, column: Column, value: &str) -> bool {
        let ids = [Column::EndToEndId, Column::InstructionId];
        let found = if ids.contains(&column) { spreadsheet::power(value) } else { spreadsheet::damage(value) };
        let Some((message, hint)) = found else { return true };
        self.wrong("spreadsheet", column, message, Some(hint));
        false
    }

    /// The number of a bank, or an id.
    fn number(&mut self, column: Column) -> Option<String> {
        let value = self.get(column)?;
        self.is_undamaged(column, value).then(|| value.to_string())
    }

    fn urgency(&mut self) -> Option<bool> {
        let value = self.get(Column::Urgency)?;
        let answer = match value.to_lowercase().as_str() {
            "1" | "y" | "yes" | "true" | "urgent" | "high" | "是" | "加急" | "urgp" => Some(true),
            "0" | "n" | "no" | "false" | "normal" | "norm" | "否" | "普通" => Some(false),
            _ => None,
        };
        if answer.is_none() {
            let value = shown(value);
            let message = text!("`{value}` does not say whether it is urgent", "`{value}` 无法判断是否加急");
            let hint = text!("write `yes` or `no`", "请写 `是` 或 `否`");
            self.wrong("urgency", Column::Urgency, message, Some(hint));
        }
        answer
    }

    fn charge_bearer(&mut self) -> Option<String> {
        let value = self.get(Column::ChargeBearer)?;
        let code = match value.to_uppercase().as_str() {
            "SLEV" => "SLEV",
            "SHAR" | "SHA" | "共同承担" => "SHAR",
            "DEBT" | "OUR" | "付款方" | "付款人" | "汇款人" => "DEBT",
            "CRED" | "BEN" | "收款方" | "收款人" => "CRED",
            _ => {
                let value = shown(value);
                let message = text!("`{value}` does not say who bears the charges", "`{value}` 无法判断费用承担方");
                let hint = text!("write `SHAR`, `DEBT`, `CRED` or `SLEV`", "请写 `SHAR`、`DEBT`、`CRED` 或 `SLEV`");
                self.wrong("charge-bearer", Column::ChargeBearer, message, Some(hint));
                return None;
            }
        };
        Some(code.to_string())
    }

    /// The group that the row belongs to, without its id. `None`, with findings, when it cannot be told.
    pub fn group(&mut self) -> Option<(Group, Currency)> {
        let (date, account, currency) = (self.date(), self.account(Column::DebtorAccount), self.currency());
        let id = account?;
        let account = GroupAccount { iban: id.iban().map(ToString::to_string), id, currency: None };
        let group = Group {
            execution_date: Some(date?),
            account: Some(account),
            party: Party { name: self.owned(Column::DebtorName), ..Party::default() },
            agent: self.number(Column::DebtorAgent),
            agent_name: self.owned(Column::DebtorBank),
            ..Group::default()
        };
        Some((group, currency?))
    }

    /// The payment in the row. `None`, with findings, when it is not one.
    pub fn payment(&mut self, seq: u64, currency: Option<Currency>) -> Option<Payment> {
        let (amount, account) = (self.amount(), self.account(Column::CreditorAccount));
        let name = self.required(Column::CreditorName).map(str::to_string);
        let (urgent, charge_bearer) = (self.urgency(), self.charge_bearer());
        let agent = self.number(Column::CreditorAgent);
        let ids = (self.number(Column::EndToEndId), self.number(Column::InstructionId));
        if self.findings.iter().any(Finding::is_error) {
            return None;
        }
        let mut payment = Payment::new(seq, amount?, currency?, Indicator::Credit);
        (payment.end_to_end_id, payment.instruction_id) = ids;
        payment.counterparty = Counterparty {
            name: Some(name?),
            account: Some(account?),
            agent,
            agent_name: self.owned(Column::CreditorBank),
            id: self.owned(Column::CreditorId),
            address: self.address(),
        };
        payment.remittance = self.owned(Column::Remittance).into_iter().collect();
        payment.structured_reference = self.owned(Column::StructuredReference);
        payment.purpose = self.owned(Column::Purpose);
        payment.category_purpose = self.owned(Column::Category);
        payment.charge_bearer = charge_bearer;
        payment.urgent = urgent;
        for (at, name) in &self.layout.other {
            if let Some(value) = self.field(*at) {
                payment.extra.insert(name.clone(), value.to_string());
            }
        }
        payment.place = Place::line(self.line);
        Some(payment)
    }

    fn address(&self) -> Address {
        Address {
            street: self.owned(Column::Street),
            building: self.owned(Column::Building),
            post_code: self.owned(Column::PostCode),
            town: self.owned(Column::Town),
            state: self.owned(Column::State),
            country: self.owned(Column::Country),
            lines: self.owned(Column::Address).into_iter().collect(),
        }
    }
}

/// The currency that a value means: an ISO code, or a name; a number there is more likely a column that slipped.
fn currency_of(value: &str) -> Option<Currency> {
    let is_number = value.bytes().any(|byte| byte.is_ascii_digit());
    Currency::named(value).filter(|_| !is_number).or_else(|| Currency::parse(value))
}

/// A value as a finding shows it: short, without line breaks.
pub(super) fn shown(value: &str) -> String {
    let mut short: String = value.chars().take(40).map(|c| if c.is_control() { '·' } else { c }).collect();
    if value.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}

/// What is wrong with an amount, and how to write it.
fn amount_trouble(value: &str, error: AmountError) -> (Text, Text) {
    let written = shown(value);
    if error == AmountError::TooLong {
        let message = text!("`{written}` has more digits than money has", "`{written}` 位数过多");
        return (
            message,
            text!("at most 18 digits before the point and 8 after it", "小数点前最多 18 位，后最多 8 位"),
        );
    }
    let message = text!("`{written}` is not an amount", "`{written}` 不是有效金额");
    let plain = |c: char| match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
        '．' => '.',
        '，' => ',',
        _ => c,
    };
    let ascii: String = value.chars().map(plain).collect();
    let hint = match as_meant(&ascii) {
        _ if ascii.starts_with(['-', '−', '－', '(']) => {
            text!("a payment is positive: write the amount without a sign", "付款金额必须为正数，请去掉符号")
        }
        Some(meant) if ascii != value => {
            text!("the digits are full-width; write `{meant}`", "数字为全角字符，请写成 `{meant}`")
        }
        Some(meant) => {
            text!("write it without thousands separators, as `{meant}`", "请去掉千分位，写成 `{meant}`")
        }
        None => text!("write digits and a decimal point, as `1234.50`", "请写数字和小数点，如 `1234.50`"),
    };
    (message, hint)
}

/// The amount that `text` may mean, to show as an example; never used as a value.
fn as_meant(text: &str) -> Option<String> {
    if parse_amount(text).is_ok() {
        return Some(text.to_string());
    }
    let decimal = text.rfind(['.', ',']).filter(|at| text.len() - at <= 3);
    let (whole, decimals) = decimal.map_or((text, ""), |at| (&text[..at], &text[at + 1..]));
    let whole: String = whole.chars().filter(|c| !matches!(c, '.' | ',' | '\'' | ' ' | '_' | '\u{a0}')).collect();
    let meant = if decimals.is_empty() { whole } else { format!("{whole}.{decimals}") };
    parse_amount(&meant).is_ok().then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_show_the_amount_as_it_should_be() {
        for (written, meant) in
            [("１２３４．５０", "1234.50"), ("1,234.50", "1234.50"), ("1.234,56", "1234.56"), ("1 234,5", "1234.5")]
        {
            let (_, hint) = amount_trouble(written, AmountError::Form);
            assert!(hint.en.contains(&format!("`{meant}`")), "{written}: {hint}");
        }
        assert!(amount_trouble("-5.00", AmountError::Form).1.en.contains("positive"));
        assert!(amount_trouble("five", AmountError::Form).1.en.contains("1234.50"));
    }

    #[test]
    fn the_renminbi_has_names() {
        for name in ["CNY", "RMB", "人民币"] {
            assert_eq!(currency_of(name).map(|c| c.to_string()), Some("CNY".to_string()));
        }
        for no_name in ["eur", "10", "156"] {
            assert_eq!(currency_of(no_name), None);
        }
    }
}
