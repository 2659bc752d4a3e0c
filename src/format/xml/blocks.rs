//! Writing the building blocks that stand in many places: parties, addresses, accounts, agents.

use super::emit::Emit;
use crate::document::{Account, Address, Bic, Cnaps, Currency};
use crate::format::scheme::{AddressPart, Scheme};
use crate::format::{AddressShape, WriteError};
use crate::text;

/// What stands where the schema wants an id and there is none (EPC implementation guidelines).
pub(crate) const NOT_PROVIDED: &str = "NOTPROVIDED";

/// Longest address line.
const LINE: usize = 70;

/// How the blocks are written.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// Whether the version has the names of 2019 on: `BICFI`, dates as a choice.
    pub modern: bool,
    /// Shape of addresses.
    pub address: AddressShape,
    /// What else the scheme says of them.
    pub scheme: Scheme,
}

impl Emit {
    /// A party; the element is there even when nothing is known.
    pub fn party(
        &mut self,
        style: &Style,
        tag: &'static str,
        name: Option<&str>,
        address: &Address,
        id: Option<&str>,
    ) -> Result<(), WriteError> {
        self.within(tag, |e| e.party_inside(style, name, address, id))
    }

    /// What is inside a party.
    pub fn party_inside(
        &mut self,
        style: &Style,
        name: Option<&str>,
        address: &Address,
        id: Option<&str>,
    ) -> Result<(), WriteError> {
        self.maybe_words("Nm", name, style.scheme.longest_name())?;
        self.address(style, address)?;
        let Some(id) = id else { return Ok(()) };
        self.open("Id");
        self.open("OrgId");
        self.open("Othr");
        self.id("Id", id, 35)?;
        self.close_all(3);
        Ok(())
    }

    fn address(&mut self, style: &Style, address: &Address) -> Result<(), WriteError> {
        let shape = style.address;
        if shape == AddressShape::None || address.is_empty() {
            return Ok(());
        }
        let a = address;
        self.open("PstlAdr");
        self.needs(style, a)?;
        if shape == AddressShape::Structured {
            self.maybe_words("StrtNm", a.street.as_deref(), 70)?;
            self.maybe_words("BldgNb", a.building.as_deref(), 16)?;
        }
        if shape != AddressShape::Lines {
            self.maybe_words("PstCd", a.post_code.as_deref(), 16)?;
            self.maybe_words("TwnNm", a.town.as_deref(), 35)?;
            self.maybe_words("CtrySubDvsn", a.state.as_deref(), 35)?;
        }
        if let Some(country) = &a.country {
            self.country(country)?;
        }
        for line in &self.lines(style, a)? {
            self.words("AdrLine", line, LINE)?;
        }
        self.close();
        Ok(())
    }

    /// Whether the address has the parts that the scheme demands of one.
    fn needs(&self, style: &Style, address: &Address) -> Result<(), WriteError> {
        let missing = |part: &&AddressPart| part.of(address).is_none();
        let Some(part) = style.scheme.address_needs.iter().find(missing) else { return Ok(()) };
        let (element, field) = part.names();
        let hint = text!(
            "fill in `{field}` in the ERP's master data, or give no address",
            "请在 ERP 主数据中补全 `{field}`，或不提供地址"
        );
        let message = text!("the address has no `{field}` (`{element}`)", "地址缺少 `{field}`（`{element}`）");
        let refusal = self.refused_field("address-part", (element, field), message, hint);
        Err(refusal)
    }

    fn country(&mut self, country: &str) -> Result<(), WriteError> {
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            let hint = text!("write two capitals of ISO 3166, such as `DE`", "请写 ISO 3166 的两位大写字母，如 `DE`");
            let message = text!("`{country}` is not a country code", "`{country}` 不是国家代码");
            return Err(self.refused_field("country", ("Ctry", "country"), message, hint));
        }
        self.fact("Ctry", country);
        Ok(())
    }

    /// What of the address does not stand in elements of its own, in as many lines as the bank takes.
    fn lines(&self, style: &Style, a: &Address) -> Result<Vec<String>, WriteError> {
        let join = |parts: &[&Option<String>]| {
            let there: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
            there.join(" ")
        };
        let mut lines = Vec::new();
        if style.address != AddressShape::Structured {
            lines.push(join(&[&a.street, &a.building]));
        }
        lines.extend(a.lines.iter().cloned());
        if style.address == AddressShape::Lines {
            lines.push(join(&[&a.post_code, &a.town, &a.state]));
        }
        lines.retain(|line| !line.trim().is_empty());
        let most = style.scheme.longest_address(style.address);
        while lines.len() > most {
            let last = lines.pop().unwrap_or_default();
            match lines.last_mut() {
                Some(before) if before.chars().count() + 2 + last.chars().count() <= LINE => {
                    *before = format!("{before}, {last}");
                }
                _ => return Err(self.too_many_lines(most)),
            }
        }
        Ok(lines)
    }

    fn too_many_lines(&self, most: usize) -> WriteError {
        let hint = text!(
            "give it as `street`, `building`, `post_code`, `town` and `country`, or shorten it",
            "请以 `street`、`building`、`post_code`、`town`、`country` 提供，或缩短地址"
        );
        let message = text!("the address does not fit into {most} lines", "地址无法写入 {most} 行");
        self.refused_field("address-lines", ("AdrLine", "address_line"), message, hint)
    }

    /// An account.
    pub fn account(
        &mut self,
        tag: &'static str,
        account: &Account,
        currency: Option<Currency>,
    ) -> Result<(), WriteError> {
        self.within(tag, |e| e.account_inside(account, None, currency))
    }

    /// What is inside an account: number and currency.
    pub fn account_inside(
        &mut self,
        account: &Account,
        kind: Option<&str>,
        currency: Option<Currency>,
    ) -> Result<(), WriteError> {
        self.open("Id");
        match account {
            Account::Iban(iban) => self.fact("IBAN", iban.as_str()),
            Account::Other(number) => {
                self.open("Othr");
                self.id("Id", number, 34)?;
                self.close();
            }
        }
        self.close();
        if let Some(kind) = kind {
            self.within("Tp", |e| e.id("Prtry", kind, 35))?;
        }
        if let Some(currency) = currency {
            self.fact("Ccy", currency);
        }
        Ok(())
    }

    /// An agent: a BIC, a CNAPS number, another clearing number (digits), any other id, or that it is
    /// not provided; and its name.
    pub fn agent(
        &mut self,
        style: &Style,
        tag: &'static str,
        agent: Option<&str>,
        name: Option<&str>,
    ) -> Result<(), WriteError> {
        self.agent_of_branch(style, tag, agent, name, (None, None))
    }

    /// The same with number and name of its branch.
    pub fn agent_of_branch(
        &mut self,
        style: &Style,
        tag: &'static str,
        agent: Option<&str>,
        name: Option<&str>,
        (branch, branch_name): (Option<&str>, Option<&str>),
    ) -> Result<(), WriteError> {
        self.open(tag);
        self.open("FinInstnId");
        let mut other = None;
        match agent {
            Some(id) if Bic::parse(id).is_some_and(|bic| fits(style, bic.as_str())) => {
                self.fact(if style.modern { "BICFI" } else { "BIC" }, id.to_ascii_uppercase());
            }
            Some(id) if id.bytes().all(|b| b.is_ascii_digit()) => {
                self.open("ClrSysMmbId");
                if Cnaps::parse(id).is_some() {
                    self.open("ClrSysId");
                    self.fact("Cd", "CNAPS");
                    self.close();
                }
                self.id("MmbId", id, 35)?;
                self.close();
            }
            Some(id) => other = Some(id),
            None if name.is_none() => other = Some(NOT_PROVIDED),
            None => {}
        }
        self.maybe_words("Nm", name, 140)?;
        if let Some(id) = other {
            self.open("Othr");
            self.id("Id", id, 35)?;
            self.close();
        }
        self.close();
        if branch.is_some() || branch_name.is_some() {
            self.open("BrnchId");
            self.maybe_id("Id", branch, 35)?;
            self.maybe_words("Nm", branch_name, 140)?;
            self.close();
        }
        self.close();
        Ok(())
    }
}

/// Whether the version's schema takes this BIC: before 2014 its first four characters were letters and
/// its place had fewer forms.
fn fits(style: &Style, bic: &str) -> bool {
    let b = bic.as_bytes();
    style.modern || b[..6].iter().all(u8::is_ascii_uppercase) && !matches!(b[6], b'0' | b'1') && b[7] != b'O'
}
